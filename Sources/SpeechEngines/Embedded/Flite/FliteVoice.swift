import AudioCodec
import CFlite

/// A voice compiled into Flite's libraries. Its data is constant: any number of threads may speak with it.
@safe struct FliteVoice: @unchecked Sendable {
    let name: String
    let sampleRate: SampleRate
    /// Brings the voices to about -20 dBFS while they speak, as measured over 40 replies.
    let gain: Float
    let handle: UnsafeMutablePointer<cst_voice>

    private init?(_ name: String, _ sampleRate: SampleRate, gain: Float, _ handle: UnsafeMutablePointer<cst_voice>?) {
        guard let handle = unsafe handle else { return nil }
        (self.name, self.sampleRate, self.gain) = (name, sampleRate, gain)
        unsafe self.handle = handle
    }

    /// Registered once in a process; Flite keeps them for ever.
    static let all: [String: FliteVoice] = {
        flite_init()
        let voices = unsafe [
            FliteVoice("kal", .hz8000, gain: 1.0, register_cmu_us_kal(nil)),
            FliteVoice("rms", .hz16000, gain: 1.1, register_cmu_us_rms(nil)),
            FliteVoice("slt", .hz16000, gain: 0.58, register_cmu_us_slt(nil)),
            FliteVoice("awb", .hz16000, gain: 1.0, register_cmu_us_awb(nil)),
        ]
        return Dictionary(uniqueKeysWithValues: voices.compactMap { $0 }.map { ($0.name, $0) })
    }()
}
