import CLibwebsockets
import Logging

/// libwebsockets' own messages, warnings and errors, on swift-log.
enum LibraryLog {
    private static let log = ThrottledLog(Logger(label: "websocket.library"))

    /// The library keeps one log function a process.
    static let install: Void = {
        unsafe lws_set_log_level(LLL_ERR | LLL_WARN) { _, line in
            guard let line = unsafe line else { return }
            let message = unsafe String(cString: line).split(whereSeparator: \.isNewline).first ?? ""
            LibraryLog.log.warning("libwebsockets", metadata: ["message": "\(message)"])
        }
    }()
}
