/// Raises or lowers a voice; what would clip is bent instead.
struct SoftLimit: Sendable {
    /// Up to here nothing is bent: -3 dBFS.
    private static let knee: Float = 23_197
    private static let room: Float = 32_767 - knee
    let gain: Float

    func callAsFunction(_ sample: Int16) -> Int16 {
        let level = Float(sample) * gain
        let size = abs(level)
        guard size > Self.knee else { return Int16(level) }
        // x / (1 + x) leaves the knee with slope 1 and never reaches the end of the room.
        let over = (size - Self.knee) / Self.room
        let bent = Self.knee + Self.room * over / (1 + over)
        return Int16(level < 0 ? -bent : bent)
    }
}
