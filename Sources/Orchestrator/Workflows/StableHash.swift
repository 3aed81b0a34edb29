/// FNV-1a, 64 bit: the same in every process, unlike `Hasher`. Tells argument sets of one step apart; no secret hangs on it.
enum StableHash {
    static func hex(_ values: [String: String]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            for byte in Array(key.utf8) + [0] + Array(value.utf8) + [1] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        return String(hash, radix: 16)
    }
}
