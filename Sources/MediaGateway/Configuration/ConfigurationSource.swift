public import Foundation
public import Orchestrator
public import TierManager

/// Where the configuration comes from: a file, what stands beside it, and the command line's overrides.
///
/// ```
/// gateway.yaml          --set key.path=value overrides any key of either
/// tiers.yaml
/// domains/NAME/{domain,workflows,intents,entities,words}.yaml
/// domains/NAME/prompts/{decision,reply,judge,summary}.md, prompts/agents/AGENT.md
/// ```
public struct ConfigurationSource: Sendable {
    /// e.g. `config/gateway.yaml`.
    public var file: String
    /// `key.path=value`, applied in order.
    public var overrides: [String]

    public init(file: String = "config/gateway.yaml", overrides: [String] = []) { (self.file, self.overrides) = (file, overrides) }

    /// Reads everything.
    /// - Parameter environment: where the secrets come from.
    /// - Throws: ``ConfigurationError`` with every problem of every file.
    public func load(environment: [String: String] = ProcessInfo.processInfo.environment) throws(ConfigurationError) -> LoadedConfiguration {
        let report = ConfigurationReport()
        // Everything else would be missing as well: from the wrong folder, one sentence says it.
        guard FileManager.default.fileExists(atPath: file) else {
            let folder = file.hasPrefix("/") ? "" : " in \(FileManager.default.currentDirectoryPath)"
            throw ConfigurationError([
                ConfigurationProblem(origin: file, message: "there is no such file\(folder): run this in the checkout, or give --config FILE")
            ])
        }
        var secrets = GatewaySecrets(environment: environment, report: report)
        var gatewayFile = ConfigurationDocument(path: file, report: report)
        let tiersPath = Self.beside(file, "tiers.yaml")
        var tiersFile = ConfigurationDocument(path: tiersPath, report: report)
        for argument in overrides {
            do {
                let override = try ConfigurationOverride(argument)
                if TierPolicyReader.sections.contains(override.path[0]) {
                    tiersFile.apply(override, report: report)
                } else {
                    gatewayFile.apply(override, report: report)
                }
            } catch {
                for problem in error.problems { report.problem(problem.origin, problem.message) }
            }
        }
        let gatewayReader = ConfigurationReader(gatewayFile.root, report: report)
        let gateway = GatewayConfiguration(gatewayReader)
        gatewayReader.finish()
        secrets.read(gateway, environment: environment, reader: gatewayReader)
        secrets.read(gateway.callbacks, environment: environment, reader: gatewayReader)
        secrets.read(gateway.prompts.langfuse, environment: environment, reader: gatewayReader)
        let tiersReader = ConfigurationReader(tiersFile.root, report: report)
        let tiers = TierPolicyReader.policy(tiersReader)
        tiersReader.finish()
        let settings = report.settings
        let folder = Self.beside(file, "domains/\(gateway.agent.domain)")
        let domain = Self.domain(gateway.agent.domain, folder: folder, reader: gatewayReader)
        let warnings = gateway.checkExposure(secrets: secrets, reader: gatewayReader)
        try report.finish()
        guard let tiers, let domain else {
            throw ConfigurationError([ConfigurationProblem(origin: tiersPath, message: "tiers or domain could not be read")])
        }
        return LoadedConfiguration(
            gateway: gateway, tiers: tiers, domain: domain, secrets: secrets, files: [file, tiersPath, folder], settings: settings,
            warnings: warnings)
    }

    /// The pack of that name; a name with no folder is one problem, not five missing files.
    private static func domain(_ name: String, folder: String, reader: ConfigurationReader) -> DomainPack? {
        let parent = String(folder.dropLast(name.count))
        let packs = ((try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []).sorted()
        guard packs.contains(name) else {
            let nearest = NearestName.of(name, among: packs).map { "; did you mean \($0)?" } ?? ""
            reader.report.problem(
                reader.origin(ofPath: ["agent", "domain"]),
                "agent.domain = \(ConfigurationReader.quoted(name)): give one of \(packs.joined(separator: ", ")), the folders of \(parent)\(nearest)")
            return nil
        }
        return DomainPackLoader(folder: folder, name: name, report: reader.report).load()
    }

    private static func beside(_ file: String, _ name: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return name }
        return file[...slash] + name
    }
}

/// Everything that was configured, checked.
public struct LoadedConfiguration: Sendable {
    public var gateway: GatewayConfiguration
    public var tiers: TierPolicy
    public var domain: DomainPack
    public var secrets: GatewaySecrets
    /// What was read.
    public var files: [String]
    /// Every key of `gateway.yaml` and `tiers.yaml` with what is in force.
    public var settings: [ConfigurationSetting]
    /// What works but is hardly meant, a sentence each.
    public var warnings: [String]

    /// What `config check` prints.
    public var summary: String {
        let domain = domain
        var lines = ["configuration is good: \(files.joined(separator: ", "))"]
        lines.append("  listens on   \(gateway.server.host):\(gateway.server.port), \(gateway.server.resolvedLoops) event loops")
        let open = gateway.security.allowOpen ? "open to anybody (security.allow_open)" : "this machine only"
        lines.append("  callers      \(secrets.isAuthenticationConfigured ? "signed by Twilio (TWILIO_AUTH_TOKEN is set)" : open)")
        lines.append("  calls        \(gateway.admission.maxCalls) at once")
        let voices = tiers.tiers.map { "\($0.name) (\($0.engine) \($0.voice), \($0.priceMicroDollars) µ$ per 1,000 characters)" }
        lines.append("  tiers        \(voices.joined(separator: ", "))")
        let models = gateway.llm.models.compactMap { name in gateway.llm.providers.first { $0.name == name } }
        let remote = gateway.agent.remote.url.map { ["agent.remote (\($0))"] } ?? []
        let advisers = remote + models.map { "\($0.name) (\($0.dialect.rawValue) \($0.model))" } + ["the embedded understanding"]
        lines.append("  advice       \(advisers.joined(separator: ", then "))")
        let langfuse = gateway.prompts.langfuse
        if let url = langfuse.url { lines.append("  prompts      from Langfuse (\(url), label \(langfuse.label)), else from the pack's files") }
        let parts = [
            (domain.agents.count, "agents"), (domain.intents.count, "intents"), (domain.workflows.count, "workflows"), (domain.tools.count, "tools"),
            (domain.prompts.count, "prompts"),
        ]
        lines.append("  domain       \(domain.name): " + parts.map { "\($0) \($1)" }.joined(separator: ", "))
        let changed = settings.filter { !$0.expectation.hasSuffix("(default \($0.value))") && $0.expectation.contains("(default ") }
        for setting in changed { lines.append("  \(setting.path) = \(setting.value)") }
        return (lines + warnings.map { "  note: \($0)" }).joined(separator: "\n")
    }
}

extension GatewayConfiguration {
    /// Nobody from outside this machine gets in by accident (DESIGN §6, "Secure by default").
    /// - Returns: what is allowed but will surprise.
    fileprivate func checkExposure(secrets: GatewaySecrets, reader: ConfigurationReader) -> [String] {
        if !server.isLoopback, !secrets.isAuthenticationConfigured, !security.allowOpen {
            reader.report.problem(
                reader.origin(ofPath: ["server", "host"]),
                "server.host = \(ConfigurationReader.quoted(server.host)): is reachable from outside this machine, and TWILIO_AUTH_TOKEN is "
                    + "missing (calls), as is GATEWAY_API_KEY (chat, audio, /v1): set one in the environment, or security.allow_open: true, "
                    + "or keep server.host at 127.0.0.1")
        }
        var warnings: [String] = []
        if secrets.twilioAuthToken != nil, server.publicURL == nil {
            warnings.append(
                "server.public_url is not set: signatures are checked over http://\(server.host):PORT, which is not what Twilio calls")
        }
        if security.allowOpen, secrets.twilioAuthToken != nil {
            warnings.append("security.allow_open does nothing for calls while TWILIO_AUTH_TOKEN is set: every request must be signed")
        }
        return warnings
    }
}
