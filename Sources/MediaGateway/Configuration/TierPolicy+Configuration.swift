import SpeechEngines
import TierManager

/// `tiers.yaml`.
enum TierPolicyReader {
    /// Its sections, so that an override finds its file.
    static let sections: Set<String> = ["tiers", "start_tier", "escalation", "budget"]

    /// - Returns: `nil` when there is a problem, which the report then holds.
    static func policy(_ reader: ConfigurationReader) -> TierPolicy? {
        let before = reader.report.problems.count
        let tiers = reader.items("tiers", in: TierPolicy.tierCounts) { tier in
            let (engine, voice) = speaker(tier)
            return Tier(
                name: tier.text("name", length: 1...32), engine: engine, voice: voice,
                priceMicroDollars: tier.integer("price_micro_per_1000_chars", in: TierPolicy.priceRange, unit: "micro-dollars"), rank: 0)
        }.enumerated().map { rank, tier in
            var tier = tier
            tier.rank = rank
            return tier
        }
        let startTier = reader.optionalText("start_tier", none: "the first", length: 1...32)
        let escalation = reader.section("escalation") { section in
            TierPolicy.Escalation(
                enabled: section.flag("enabled", default: true),
                qualificationThreshold: section.number("qualification_threshold", default: 0.7, in: 0...1),
                target: section.optionalText("target", none: "the one above start_tier", length: 1...32))
        }
        let budget = reader.section("budget") { section in
            TierPolicy.Budget(
                checkEnabled: section.flag("check", default: true),
                perCallMicroDollars: section.integer("per_call_micro", default: 50_000, in: TierPolicy.capRange, unit: "micro-dollars"),
                perDayMicroDollars: section.integer("per_day_micro", default: 5_000_000, in: TierPolicy.capRange, unit: "micro-dollars"))
        }
        guard reader.report.problems.count == before else { return nil }
        do {
            return try TierPolicy(tiers: tiers, startTier: startTier, escalation: escalation, budget: budget)
        } catch {
            for problem in error.problems {
                let path = filePath(problem.key)
                reader.report.problem(
                    reader.origin(ofPath: path),
                    "\(path.joined(separator: ".")) = \(ConfigurationReader.quoted(problem.value)): give \(problem.allowed)")
            }
            return nil
        }
    }

    /// What speaks. A voice that does not exist would be a call in silence, so it is a problem of the file.
    private static func speaker(_ tier: ConfigurationReader) -> (engine: String, voice: String) {
        let engine = tier.text("engine", length: 1...64), voice = tier.text("voice", length: 1...64)
        if let voices = engines[engine] {
            if !voice.isEmpty, !voices.contains(voice) {
                tier.problem("voice", "= \(ConfigurationReader.quoted(voice)): give \(voices.joined(separator: ", "))")
            }
        } else if !engine.isEmpty {
            tier.problem(
                "engine", "= \(ConfigurationReader.quoted(engine)): give \(engines.keys.sorted().joined(separator: ", "))")
        }
        return (engine, voice)
    }
    private static let engines = [FliteSynthesizer.engineName: FliteSynthesizer.voiceNames]

    /// The policy's own word for a key as the file writes it: `tiers[0].price_micro` is `tiers.0.price_micro_per_1000_chars` there.
    private static func filePath(_ key: String) -> [String] {
        key.split { ".[]".contains($0) }.map { $0 == "price_micro" ? "price_micro_per_1000_chars" : String($0) }
    }
}
