import EventLoop
import Synchronization
import Testing

@Suite("The resolver: one look-up a name, answers kept for their time, a bounded queue")
struct ResolverTests {
    /// Looks up under the test's control.
    private final class Service: Sendable {
        let asked = PosixMutex<[String]>([])
        let time = PosixMutex(Duration.zero)
        func answer(_ host: String) -> Resolver.Answer {
            asked.withLock { $0.append(host) }
            return host.hasPrefix("bad") ? .failure(ResolveError(code: .unknownHost, host: host)) : .success(["192.0.2.7"])
        }
        func resolver(_ configuration: Resolver.Configuration = .init()) throws -> Resolver {
            try Resolver(configuration, now: { self.time.withLock { $0 } }, lookUp: { self.answer($0) })
        }
    }

    @Test("an answer is used again until its time is over; a failure for less long", arguments: [("good", 60), ("bad", 2)])
    func cache(host: String, seconds: Int) async throws {
        let service = Service()
        let resolver = try service.resolver()
        for (time, asked) in [(0, 1), (seconds - 1, 1), (seconds, 2), (seconds + 1, 2)] {
            service.time.withLock { $0 = .seconds(time) }
            let addresses = try? await resolver.addresses(for: host)
            #expect(addresses == (host == "good" ? ["192.0.2.7"] : nil))
            #expect(service.asked.withLock { $0.count } == asked)
        }
        resolver.stop()
    }

    @Test("a numeric address is its own answer", arguments: ["127.0.0.1", "::1", "2001:db8::7"])
    func numeric(address: String) async throws {
        let service = Service()
        let resolver = try service.resolver()
        #expect(try await resolver.addresses(for: address) == [address])
        #expect(service.asked.withLock { $0.isEmpty })
        resolver.stop()
    }

    @Test("localhost is known to the system; a name that cannot exist is not")
    func system() async throws {
        let resolver = try Resolver()
        #expect(try await resolver.addresses(for: "localhost").contains("127.0.0.1"))
        await #expect(throws: ResolveError.self) { try await resolver.addresses(for: "no.such.host.invalid") }
        resolver.stop()
    }

    @Test("one look-up serves all who ask meanwhile; too many names fail at once; stopping tells who waits")
    func bounded() async throws {
        let gate = Gate()
        var configuration = Resolver.Configuration()
        configuration.maximumPending = 2
        let resolver = try Resolver(
            configuration,
            lookUp: { _ in
                gate.wait()
                return .success(["192.0.2.1"])
            })
        async let first = resolver.addresses(for: "a")
        async let again = resolver.addresses(for: "a")
        async let second = outcome(resolver, "b")
        while resolver.pendingCount < 2 { await Task.yield() }
        #expect(await outcome(resolver, "c") == ResolveError(code: .overloaded, host: "c"))
        gate.open()
        #expect(try await first == ["192.0.2.1"])
        #expect(try await again == ["192.0.2.1"])
        #expect(await second == nil)
        resolver.stop()
        #expect(await outcome(resolver, "d")?.code == .stopped)
    }

    private func outcome(_ resolver: Resolver, _ host: String) async -> ResolveError? {
        do {
            _ = try await resolver.addresses(for: host)
            return nil
        } catch { return error }
    }

    /// Holds a thread up until it is opened.
    private final class Gate: Sendable {
        private let isOpen = Atomic<Bool>(false)
        func open() { isOpen.store(true, ordering: .releasing) }
        func wait() { while !isOpen.load(ordering: .acquiring) { _ = EventLoop.now } }
    }
}
