internal import CLineEdit
import Foundation

/// Reads lines: with editing and history on a terminal, plainly from a pipe. Blocks; for a thread of its own.
struct LineEditor {
    /// A person types and reads.
    static let isInteractive = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    private let history: String
    /// How the terminal was found; `nil` where there is none.
    private let found: mg_terminal_modes?

    init() {
        var modes = mg_terminal_none()
        found = unsafe mg_terminal_read(&modes) == 0 ? modes : nil
        let folder = ProcessInfo.processInfo.environment["XDG_STATE_HOME"] ?? "\(NSHomeDirectory())/.local/state"
        history = "\(folder)/media-gateway/chat-history"
        guard Self.isInteractive else { return }
        try? FileManager.default.createDirectory(
            atPath: (history as NSString).deletingLastPathComponent, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        unsafe mg_edit_begin("media-gateway")
        unsafe mg_edit_load(history)
    }

    /// - Returns: nil at the end of input.
    func next(prompt: String) -> String? {
        guard Self.isInteractive else { return readLine() }
        guard let line = unsafe mg_edit_line(prompt) else { return nil }
        defer { unsafe free(line) }
        let text = unsafe String(cString: line)
        guard !text.allSatisfy(\.isWhitespace) else { return text }
        unsafe mg_edit_remember(line)
        unsafe mg_edit_save(history)
        // What people type may be private.
        _ = unsafe chmod(history, 0o600)
        return text
    }

    /// For whoever leaves while ``next(prompt:)`` still waits: the terminal edits lines itself again. From any thread.
    func restoreTerminal() {
        guard Self.isInteractive, var modes = found else { return }
        _ = unsafe mg_terminal_restore(&modes)
    }
}
