import CLibUV
import Glibc

/// Looks names up on a thread of its own, so that a slow name server stalls no loop (libwebsockets' own look-up would).
///
/// Answers are kept for a while, failures for a shorter one; several who ask for one name wait for one look-up. The queue is
/// bounded: beyond it a request fails at once.
public final class Resolver: Sendable {
    public struct Configuration: Sendable {
        /// How long an answer is used again.
        public var timeToLive = Duration.seconds(60)
        /// How long a failure is.
        public var failureTimeToLive = Duration.seconds(2)
        /// Names that may wait at once.
        public var maximumPending = 64
        /// Names kept.
        public var maximumCached = 256
        public init() {}
    }

    public typealias Answer = Result<[String], ResolveError>

    private struct State {
        var cache: [String: (answer: Answer, expires: Duration)] = [:]
        var waiting: [String: [CheckedContinuation<Answer, Never>]] = [:]
        var queue: [String] = []
        var isStopped = false
    }

    private let state = PosixMutex(State())
    private let wake = PosixCondition()
    private let configuration: Configuration
    private let lookUp: @Sendable (String) -> Answer
    private let now: @Sendable () -> Duration
    private let thread = PosixMutex<LoopThread?>(nil)

    /// Starts the thread.
    /// - Parameters:
    ///   - lookUp: blocks until it knows; `getaddrinfo` unless a test brings its own.
    public init(
        _ configuration: Configuration = Configuration(),
        now: @escaping @Sendable () -> Duration = { EventLoop.now },
        lookUp: @escaping @Sendable (String) -> Answer = Resolver.systemLookUp
    ) throws(EventLoopError) {
        self.configuration = configuration
        self.now = now
        self.lookUp = lookUp
        let started = try LoopThread.start(name: "resolver") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Names that are being looked up, or wait for it.
    public var pendingCount: Int { state.withLock { $0.waiting.count } }

    /// What is known of `host` without a look-up: a numeric address, or an answer that is still good.
    package func known(_ host: String) -> Answer? {
        if Self.isNumeric(host) { return .success([host]) }
        let time = now()
        return state.withLock { state in state.cache[host].flatMap { $0.expires > time ? $0.answer : nil } }
    }

    /// The numeric addresses of `host`, the preferred one first. A numeric address is its own answer, at once.
    public func addresses(for host: String) async throws(ResolveError) -> [String] {
        if Self.isNumeric(host) { return [host] }
        let answer = await withCheckedContinuation { continuation in
            let time = now()
            let immediate = state.withLock { state -> Answer? in
                if let known = state.cache[host], known.expires > time { return known.answer }
                if state.isStopped { return .failure(ResolveError(code: .stopped, host: host)) }
                if state.waiting[host] != nil {
                    state.waiting[host]?.append(continuation)
                    return nil
                }
                guard state.waiting.count < configuration.maximumPending else {
                    return .failure(ResolveError(code: .overloaded, host: host))
                }
                state.waiting[host] = [continuation]
                state.queue.append(host)
                return nil
            }
            if let immediate { continuation.resume(returning: immediate) } else { wake.signal() }
        }
        return try answer.get()
    }

    /// Who waits is told so; the thread leaves after the look-up it is in. Idempotent.
    public func stop() {
        let waiting = state.withLock { state in
            state.isStopped = true
            state.queue = []
            defer { state.waiting = [:] }
            return state.waiting
        }
        wake.signal()
        for (host, continuations) in waiting {
            for continuation in continuations { continuation.resume(returning: .failure(ResolveError(code: .stopped, host: host))) }
        }
        thread.withLock { thread in
            defer { thread = nil }
            return thread
        }?.join()
    }

    private func run() {
        while let host = state.wait(
            on: wake,
            until: { (state: inout State) -> String?? in
                if state.isStopped { return .some(nil) }
                return state.queue.isEmpty ? nil : .some(state.queue.removeFirst())
            })
        {
            let answer = lookUp(host)
            let time = now()
            let waiting = state.withLock { state in
                if state.cache.count >= configuration.maximumCached {
                    state.cache = state.cache.filter { $0.value.expires > time }
                    if state.cache.count >= configuration.maximumCached { state.cache = [:] }
                }
                let lifetime = if case .success = answer { configuration.timeToLive } else { configuration.failureTimeToLive }
                state.cache[host] = (answer, time + lifetime)
                return state.waiting.removeValue(forKey: host) ?? []
            }
            for continuation in waiting { continuation.resume(returning: answer) }
        }
    }

    private static func isNumeric(_ host: String) -> Bool {
        var address = in6_addr()
        return unsafe inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1
    }

    /// `getaddrinfo`, for TCP.
    @Sendable public static func systemLookUp(_ host: String) -> Answer {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var found: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, nil, &hints, &found)
        defer { if unsafe found != nil { unsafe freeaddrinfo(found) } }
        guard status == 0 else {
            return .failure(ResolveError(code: status == EAI_AGAIN ? .unavailable : .unknownHost, host: host))
        }
        var addresses: [String] = []
        var next = unsafe found
        while let entry = unsafe next {
            let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { buffer -> String? in
                let length = socklen_t(buffer.count)
                guard
                    unsafe getnameinfo(
                        entry.pointee.ai_addr, entry.pointee.ai_addrlen, buffer.baseAddress, length, nil, 0, NI_NUMERICHOST) == 0
                else { return nil }
                return unsafe String(cString: buffer.baseAddress!)
            }
            if let text, !addresses.contains(text) { addresses.append(text) }
            unsafe next = entry.pointee.ai_next
        }
        return .success(addresses)
    }
}
