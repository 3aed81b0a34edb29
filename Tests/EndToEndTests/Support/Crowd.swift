import Foundation
import Synchronization

/// Thousands of sockets on one thread of low priority: each behaves by its manner, and comes back a second after it was closed.
///
/// One `poll` for all, every 20 ms, so that the crowd's own cost stays small beside what it does to the gateway.
final class Crowd: Sendable {
    struct Report: Sendable {
        /// Sockets that are connected now.
        var connected = 0
        /// Of each manner: sockets made, steps in which something was sent, and closings by the gateway.
        var connections: [CrowdManner: Int] = [:], sent: [CrowdManner: Int] = [:], closedByGateway: [CrowdManner: Int] = [:]
        var asked = 0, answers = 0
    }
    private let current = Mutex(Report())
    private let isLeaving = Atomic(false)
    private let hasLeft = Atomic(false)

    /// - Parameter members: how many of each manner.
    init(port: Int, members: [(manner: CrowdManner, count: Int)]) {
        // Mixed, as crowds are.
        let manners = members.flatMap { repeatElement($0.manner, count: $0.count) }.enumerated().sorted {
            $0.offset * 7_919 % 2_003 < $1.offset * 7_919 % 2_003
        }
        let thread = Thread { [self] in
            // On Linux this is the thread's own.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
            var floor = CrowdFloor(port: port, manners: manners.map(\.element))
            while !isLeaving.load(ordering: .relaxed) {
                floor.turn()
                current.withLock { $0 = floor.report }
            }
            floor.leave()
            hasLeft.store(true, ordering: .releasing)
        }
        thread.name = "crowd"
        thread.start()
    }

    deinit { isLeaving.store(true, ordering: .relaxed) }

    var report: Report { current.withLock { $0 } }

    /// Closes every socket.
    func leave() async -> Report {
        isLeaving.store(true, ordering: .relaxed)
        _ = await eventually(within: .seconds(5)) { self.hasLeft.load(ordering: .acquiring) }
        return report
    }

    /// Lets this process have as many descriptors as a crowd needs.
    /// - Returns: whether the system allows it.
    static func raiseDescriptors(to wanted: Int) -> Bool {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return false }
        guard limit.rlim_cur < rlim_t(wanted) else { return true }
        limit.rlim_cur = min(rlim_t(wanted), limit.rlim_max)
        return unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 && limit.rlim_cur >= rlim_t(wanted)
    }
}

/// The sockets, confined to the crowd's thread.
private struct CrowdFloor {
    private struct Member {
        let manner: CrowdManner
        var step = 0
        /// When it acts next, in milliseconds of the crowd's life.
        var due: Int
        var isAsking = false
    }
    private var members: [Member]
    /// One a member, in the same order; −1 while it is not connected.
    private var sockets: [pollfd]
    private var address = sockaddr_in()
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private let began = ContinuousClock.now
    var report = Crowd.Report()
    private static let answer = Array(#""type":"message""#.utf8)

    init(port: Int, manners: [CrowdManner]) {
        // All of them within two seconds.
        members = manners.enumerated().map { Member(manner: $0.element, due: $0.offset) }
        sockets = manners.map { _ in pollfd(fd: -1, events: 0, revents: 0) }
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    }

    /// What is readable is read, whoever is due acts, then a pause of up to 20 ms.
    mutating func turn() {
        // Never longer than its pause: a crowd that waits for readable sockets would wake up for every one of them.
        usleep(20_000)
        if unsafe poll(&sockets, nfds_t(sockets.count), 0) > 0 {
            for index in sockets.indices where sockets[index].revents != 0 { read(index) }
        }
        let now = Int((ContinuousClock.now - began) / .milliseconds(1))
        for index in members.indices where members[index].due <= now { act(index, now) }
    }

    mutating func leave() {
        for index in sockets.indices where sockets[index].fd >= 0 { close(sockets[index].fd) }
    }

    private mutating func act(_ index: Int, _ now: Int) {
        guard sockets[index].fd >= 0 else { return connect(index, now) }
        let manner = members[index].manner, step = manner.step(members[index].step)
        members[index].step += 1
        switch step {
        case .send(let bytes, let pause):
            members[index].due = now + pause
            if send(bytes, index) { report.sent[manner, default: 0] += 1 }
        case .ask(let bytes, let pause):
            members[index].due = now + pause
            guard send(bytes, index) else { return }
            members[index].isAsking = true
            report.asked += 1
        case .rest(let pause): members[index].due = now + pause
        case .close(let isReset):
            if isReset {
                var linger = linger(l_onoff: 1, l_linger: 0)
                _ = unsafe setsockopt(sockets[index].fd, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
            }
            report.sent[manner, default: 0] += 1
            drop(index, now)
        }
    }

    private mutating func connect(_ index: Int, _ now: Int) {
        let manner = members[index].manner
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return members[index].due = now + 1_000 }
        if !manner.reads {
            // The less it takes, the sooner it shows that it does not read. The kernel makes the least it can of this.
            var size: Int32 = 1
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe Glibc.connect(descriptor, $0, length) }
        }
        guard status == 0 || errno == EINPROGRESS else {
            close(descriptor)
            return members[index].due = now + 1_000
        }
        sockets[index] = pollfd(fd: descriptor, events: manner.reads ? Int16(POLLIN) : 0, revents: 0)
        members[index] = Member(manner: manner, due: now + 50)
        report.connected += 1
        report.connections[manner, default: 0] += 1
    }

    /// - Returns: whether any of it went out; a socket that takes no more is left alone, one that is broken is dropped.
    private mutating func send(_ bytes: [UInt8], _ index: Int) -> Bool {
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(sockets[index].fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count < 0, errno != EAGAIN { closed(index) }
        return count > 0
    }

    private mutating func read(_ index: Int) {
        guard members[index].manner.reads else { return closed(index) }
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(sockets[index].fd, $0.baseAddress, $0.count, 0) }
        if count > 0 {
            guard members[index].isAsking, buffer[..<count].firstRange(of: Self.answer) != nil else { return }
            members[index].isAsking = false
            report.answers += 1
        } else if count == 0 || errno != EAGAIN {
            closed(index)
        }
    }

    private mutating func closed(_ index: Int) {
        report.closedByGateway[members[index].manner, default: 0] += 1
        drop(index, Int((ContinuousClock.now - began) / .milliseconds(1)))
    }

    private mutating func drop(_ index: Int, _ now: Int) {
        close(sockets[index].fd)
        sockets[index] = pollfd(fd: -1, events: 0, revents: 0)
        members[index].due = now + 1_000
        report.connected -= 1
    }
}
