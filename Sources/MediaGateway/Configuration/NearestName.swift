/// The known name that somebody most likely meant.
enum NearestName {
    /// - Returns: the name with the fewest edits, if a third of its letters at most are wrong, or one that only goes on further.
    static func of(_ written: String, among names: some Sequence<String>) -> String? {
        guard written.utf8.count <= 100 else { return nil }
        var best: (name: String, distance: Int)?
        for name in names {
            let distance = editDistance(Array(written.lowercased().utf8), Array(name.lowercased().utf8))
            if distance < best?.distance ?? .max { best = (name, distance) }
        }
        if let best, best.distance <= max(1, best.name.utf8.count / 3) { return best.name }
        return written.count < 3 ? nil : names.first { $0.hasPrefix(written) || ($0.count > 2 && written.hasPrefix($0)) }
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i] + [Int](repeating: 0, count: b.count)
            for j in 1...b.count {
                let same = a[i - 1] == b[j - 1]
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], beforeLast[j - 2] + 1) }
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
