import Foundation
import Glibc

/// What the system lets this process have, looked at before the first socket is open.
struct SystemLimits {
    /// Descriptors that are not sockets of clients: database, models, loops, logs, connections to providers.
    static let ownDescriptors = 256
    /// Of a call with everything on: the recogniser's buffers most of all.
    static let callBytes = 2 * 1_024 * 1_024
    /// Models and code.
    static let baseBytes = 400 * 1_024 * 1_024

    /// Sockets that can really be open.
    var sockets: Int
    /// Sentences for the log.
    var warnings: [String]

    /// Raises the soft limit of descriptors as far as it goes, and says what does not fit.
    /// - Parameter descriptorsEach: of a socket; a WebSocket over TLS takes two more for the pair behind it.
    static func prepare(sockets: Int, descriptorsEach: Int, calls: Int) -> SystemLimits {
        var warnings: [String] = []
        let available = raiseDescriptors(to: sockets * descriptorsEach + ownDescriptors)
        let fitting = max(1, min(sockets, (available - ownDescriptors) / descriptorsEach))
        if fitting < sockets {
            warnings.append(
                "server.limits.max_sockets = \(sockets) needs \(sockets * descriptorsEach + ownDescriptors) file descriptors and the system allows \(available): "
                    + "\(fitting) sockets are taken; raise the limit (ulimit -n, LimitNOFILE) or lower the setting")
        }
        if let memory = availableMemory(), memory < baseBytes + calls * callBytes {
            warnings.append(
                "admission.max_calls = \(calls) may need \((baseBytes + calls * callBytes) >> 20) MiB and \(memory >> 20) MiB are available: "
                    + "lower it, or give the gateway more memory")
        }
        return SystemLimits(sockets: fitting, warnings: warnings)
    }

    /// - Returns: descriptors that may be open.
    private static func raiseDescriptors(to wanted: Int) -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        if limit.rlim_cur < rlim_t(wanted), limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = min(rlim_t(wanted), limit.rlim_max)
            _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// What the control group leaves, or else the machine.
    private static func availableMemory() -> Int? {
        let group = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"].compactMap { path in
            (try? String(contentsOfFile: path, encoding: .utf8)).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }.first { $0 < 1 << 50 }
        let machine = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8))?.split(separator: "\n")
            .first { $0.hasPrefix("MemAvailable:") }.flatMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }.map { $0 * 1_024 }
        return [group, machine].compactMap { $0 }.min()
    }
}
