import CLibwebsockets
import EventLoop
import Logging
import Synchronization

/// libwebsockets' own messages, on swift-log: warnings and errors, one a second at most, the rest counted. A peer can cause them at will.
enum LibraryLog {
    private static let logger = Logger(label: "websocket.library")
    private static let lastSecond = Atomic<Int64>(-1)
    private static let suppressed = Atomic<Int>(0)

    /// The library keeps one log function a process.
    static let install: Void = {
        unsafe lws_set_log_level(LLL_ERR | LLL_WARN) { _, line in
            guard let line = unsafe line else { return }
            LibraryLog.write(unsafe String(cString: line))
        }
    }()

    private static func write(_ line: String) {
        let second = EventLoop.now.components.seconds
        guard lastSecond.exchange(second, ordering: .relaxed) != second else {
            suppressed.increment()
            return
        }
        let message = String(line.split(whereSeparator: \.isNewline).first ?? "")
        logger.warning(
            "libwebsockets",
            metadata: [
                "message": .string(message), "suppressed": .stringConvertible(suppressed.exchange(0, ordering: .relaxed)),
            ])
    }
}
