import Foundation

/// What a command prints for people: colours only on a terminal, and never against the user's wish (`NO_COLOR`).
struct Terminal: Sendable {
    enum Style: String { case bold = "1", dim = "2", green = "32", red = "31", yellow = "33", cyan = "36" }
    let isColoured: Bool

    static let standard = Terminal(
        isColoured: isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil)

    func styled(_ text: String, _ style: Style) -> String { isColoured ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text }

    /// Prints at once, also into a pipe.
    func line(_ text: String = "") { self.text(text + "\n") }

    /// ``line(_:)`` without its end.
    func text(_ text: String) {
        do { try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) } catch {
            // Whoever read us has gone (`| head -1`), or the disk is full: there is nobody to work for, and it is no crash.
            exit(errno == EPIPE ? 128 + SIGPIPE : 1)
        }
    }

    /// A note on progress: to standard error, so that standard output stays what was asked for.
    func progress(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8)) }
}

extension Duration {
    /// Whole milliseconds, rounded.
    var wholeMilliseconds: Int { Int((self / .milliseconds(1)).rounded()) }
    var wholeNanoseconds: Int64 { Int64((self / .nanoseconds(1)).rounded()) }
}

/// "$0.00123": what so many micro-dollars are.
func dollars(_ microDollars: Int) -> String { String(format: "$%.6f", Double(microDollars) / 1_000_000) }
