import CLibUV

/// Tells when a descriptor is readable or writable. Loop-confined; lives until ``close()``.
@safe package final class FileWatcher {
    package struct Readiness: OptionSet, Sendable {
        package let rawValue: CInt
        package init(rawValue: CInt) { self.rawValue = rawValue }
        package static let readable = Readiness(rawValue: CInt(UV_READABLE.rawValue))
        package static let writable = Readiness(rawValue: CInt(UV_WRITABLE.rawValue))
        /// The other side has shut down its sending half, or all of it (EPOLLRDHUP): known without reading what came before.
        package static let disconnected = Readiness(rawValue: CInt(UV_DISCONNECT.rawValue))
        /// The system reported an error on the descriptor.
        package static let failed = Readiness(rawValue: 1 << 16)
    }

    private let poll: UnsafeMutablePointer<uv_poll_t>
    private var ready: ((Readiness) -> Void)?
    private let activity: LoopActivity
    private var interest: Readiness = []

    /// - Parameters:
    ///   - descriptor: a socket; stays the caller's, and must stay open until after ``close()``.
    ///   - ready: called on the loop.
    package init(_ descriptor: CInt, on loop: EventLoop, ready: @escaping (Readiness) -> Void) {
        loop.preconditionOnLoop()
        (self.ready, activity) = (ready, loop.activity)
        unsafe poll = .allocate(capacity: 1)
        unsafe uv_poll_init_socket(loop.handles.loop, poll, descriptor)
        unsafe poll.pointee.data = Unmanaged.passRetained(self).toOpaque()
    }

    /// Replaces what was watched before; nothing is allowed.
    package func watch(_ interest: Readiness) {
        // Setting it anew costs two system calls, changed or not.
        guard ready != nil, interest != self.interest else { return }
        self.interest = interest
        if interest.isEmpty {
            unsafe uv_poll_stop(poll)
            return
        }
        unsafe uv_poll_start(poll, interest.rawValue) { handle, status, events in
            let watcher = unsafe Unmanaged<FileWatcher>.fromOpaque(handle!.pointee.data).takeUnretainedValue()
            watcher.activity.begin("socket")
            if status < 0 { watcher.interest = [] }  // libuv has stopped
            watcher.ready?(status < 0 ? .failed : Readiness(rawValue: events))
        }
    }

    /// Whether the other side of a socket has shut down its sending half, or all of it: nothing will follow what is there.
    package static func hasDisconnected(_ socket: CInt) -> Bool { mg_has_disconnected(socket) != 0 }

    /// No callback runs afterwards.
    package func close() {
        guard ready != nil else { return }
        ready = nil
        unsafe uv_close(generic(poll)) { handle in unsafe Unmanaged<FileWatcher>.fromOpaque(handle!.pointee.data).release() }
    }

    deinit { unsafe poll.deallocate() }
}
