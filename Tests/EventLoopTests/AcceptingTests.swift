import EventLoop
import Glibc
import Testing

@Suite("The accepting thread hands sockets to the loop with the fewest, bounded, and stops at once")
struct AcceptingTests {
    private func connect(_ port: UInt16, receiveBuffer: CInt? = nil) -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        if var receiveBuffer { unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return status == 0 ? descriptor : -1
    }

    /// Blocks until the other side closes.
    private func readsEnd(_ descriptor: CInt) -> Bool {
        var byte: UInt8 = 0
        return unsafe recv(descriptor, &byte, 1, 0) == 0
    }

    @Test("port 0 takes a free port; beyond the bound a connection is closed and counted; a closed one makes room")
    func bound() async throws {
        let group = try EventLoopGroup(count: 1)
        let sockets = PosixMutex<[CInt]>([])
        let budget = SocketBudget(maximum: 2)
        let thread = try AcceptingThread(host: "127.0.0.1", port: 0, group: group, budget: budget) { socket, _ in
            sockets.withLock { $0.append(socket) }
        }
        #expect(thread.port > 0)
        let clients = (0..<3).map { _ in connect(thread.port) }
        #expect(readsEnd(clients[2]))
        #expect(budget.refusedSockets == 1)
        #expect(budget.openSockets == 2)
        sockets.withLock { _ = close($0[0]) }
        budget.release()
        #expect(readsEnd(clients[0]))
        let fourth = connect(thread.port)
        let fifth = connect(thread.port)
        #expect(readsEnd(fifth))
        #expect(budget.acceptedSockets == 3)
        thread.stop()
        thread.stop()
        #expect(connect(thread.port) == -1)
        for descriptor in clients + [fourth, fifth] + sockets.withLock({ $0.dropFirst() }) { close(descriptor) }
        await group.stop()
    }

    @Test("a client that reads nothing: the kernel takes no more than ten seconds of a call's frames for it")
    func neverReads() async throws {
        let group = try EventLoopGroup(count: 1)
        let (accepted, arrival) = AsyncStream.makeStream(of: CInt.self)
        let thread = try AcceptingThread(host: "127.0.0.1", port: 0, group: group, budget: SocketBudget(maximum: 1)) { socket, _ in
            arrival.yield(socket)
        }
        let client = connect(thread.port, receiveBuffer: 4_096)
        var sockets = accepted.makeAsyncIterator()
        let socket = try #require(await sockets.next())
        let frame = [UInt8](repeating: 0x61, count: 300)
        var frames = 0
        while frames < 10_000, unsafe send(socket, frame, frame.count, CInt(MSG_NOSIGNAL)) == frame.count { frames += 1 }
        #expect((50...500).contains(frames), "\(frames) frames of 20 ms")
        thread.stop()
        for descriptor in [client, socket] { close(descriptor) }
        await group.stop()
    }

    @Test(
        "what cannot be listened on is one sentence with host and port",
        arguments: [
            ("no.such.host.invalid", 0, ListenError.Code.unknownHost), ("192.0.2.1", 0, .addressNotAvailable),
        ] as [(String, UInt16, ListenError.Code)])
    func errors(host: String, port: UInt16, code: ListenError.Code) async throws {
        let group = try EventLoopGroup(count: 1)
        #expect { _ = try AcceptingThread(host: host, port: port, group: group, budget: SocketBudget(maximum: 1)) { _, _ in } } throws: { error in
            (error as? ListenError)?.code == code && "\(error)".hasPrefix("cannot listen on \(host):\(port): ")
        }
        await group.stop()
    }

    @Test("a port that is taken is said to be")
    func taken() async throws {
        let group = try EventLoopGroup(count: 1)
        let first = try AcceptingThread(host: "127.0.0.1", port: 0, group: group, budget: SocketBudget(maximum: 1)) { _, _ in }
        #expect { _ = try AcceptingThread(host: "127.0.0.1", port: first.port, group: group, budget: SocketBudget(maximum: 1)) { _, _ in } } throws: {
            ($0 as? ListenError)?.code == .addressInUse
        }
        first.stop()
        await group.stop()
    }
}
