import CLibUV
import Glibc
import Synchronization

/// Accepts connections on one port and hands each to the loop that has the fewest.
///
/// Sockets are counted and bounded here: beyond the bound a connection is closed at once, and counted.
public final class AcceptingThread: Sendable {
    /// Where it listens; the port as bound.
    public let host: String, port: UInt16
    private let group: EventLoopGroup
    private let budget: SocketBudget
    private let isStopping = Atomic<Bool>(false)
    private let listener: ListeningSocket
    private let thread = PosixMutex<LoopThread?>(nil)
    private let receive: @Sendable (CInt, EventLoop) -> Void

    /// Listens and starts the thread.
    /// - Parameters:
    ///   - budget: bounds the sockets that are open at once; whoever closes one says so there.
    ///   - receive: called on the accepting thread with a non-blocking socket that belongs to the callee from now on, and the loop
    ///     it is meant for.
    /// - Throws: ``ListenError``, one sentence that names host and port.
    public init(
        host: String, port: UInt16, group: EventLoopGroup, budget: SocketBudget, backlog: Int = 1024,
        receive: @escaping @Sendable (_ socket: CInt, _ loop: EventLoop) -> Void
    ) throws(ListenError) {
        listener = try ListeningSocket(host: host, port: port, backlog: CInt(clamping: backlog))
        self.host = host
        self.port = listener.port
        self.group = group
        self.budget = budget
        self.receive = receive
        do {
            let started = try LoopThread.start(name: "accept") { [self] in run() }
            thread.withLock { $0 = started }
        } catch {
            close(listener.descriptor)
            throw ListenError(status: EAGAIN, host: host, port: port)
        }
    }

    /// Closes a socket that nobody takes.
    package static func discard(_ socket: CInt) { close(socket) }

    /// Accepts nothing more, and frees the port. Idempotent; waits for the thread, which leaves at once.
    public func stop() {
        guard !isStopping.exchange(true, ordering: .acquiringAndReleasing) else { return }
        shutdown(listener.descriptor, CInt(SHUT_RDWR))  // wakes accept() on Linux
        thread.withLock { thread in
            defer { thread = nil }
            return thread
        }?.join()
        close(listener.descriptor)
    }

    private func run() {
        // Given up for a moment when descriptors run out, so that the connection can be closed instead of waiting for ever.
        var reserve = spare()
        while !isStopping.load(ordering: .acquiring) {
            var peer = sockaddr_storage()
            let socket = unsafe mg_accept(listener.descriptor, &peer)
            if socket >= 0 {
                handOver(socket)
            } else if errno == EMFILE || errno == ENFILE {
                if reserve >= 0 { close(reserve) }
                let surplus = unsafe mg_accept(listener.descriptor, &peer)
                if surplus >= 0 { close(surplus) }
                budget.refuse()
                reserve = spare()
            }
        }
        if reserve >= 0 { close(reserve) }
    }

    /// Bytes that the kernel keeps for a client that takes none, doubled for its own books (socket(7)): a few seconds of a call's frames,
    /// so that whoever has stopped reading shows soon. Left alone it grows to megabytes: minutes of a call.
    private static let sendBuffer: CInt = 65_536

    private func spare() -> CInt { unsafe Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC) }

    private func handOver(_ socket: CInt) {
        guard budget.take() else {
            close(socket)
            return
        }
        var one: CInt = 1, buffer = Self.sendBuffer
        unsafe setsockopt(socket, CInt(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        unsafe setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &buffer, 4)
        receive(socket, group.leastLoaded)
    }
}
