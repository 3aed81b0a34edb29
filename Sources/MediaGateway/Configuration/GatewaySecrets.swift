/// A secret of the environment. Prints as `(hidden)`, whatever prints it.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself: for the one place that computes with it.
    public let revealed: String

    public init(_ text: String) { revealed = text }
    public var description: String { "(hidden)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What comes from the environment only, and is neither stored nor printed.
public struct GatewaySecrets: Sendable, Equatable {
    /// `TWILIO_ACCOUNT_SID`: when set, webhooks of other accounts are refused.
    public var twilioAccountSid: Secret?
    /// `TWILIO_AUTH_TOKEN`: when set, every request of the carrier must be signed with it.
    public var twilioAuthToken: Secret?

    /// `GATEWAY_API_KEY`: when set, chat, audio and `/v1` take only requests that bring it.
    public var apiKey: Secret?
    /// `GATEWAY_ADMIN_KEY`: turns switches.
    public var adminKey: Secret?

    /// Keys of language models, by ``GatewayConfiguration/LanguageModels/Provider/name``.
    public var modelKeys: [String: Secret] = [:]
    /// The token of ``GatewayConfiguration/Agent/remote``.
    public var remoteAgentKey: Secret?

    /// What webhooks are signed with (`callbacks.secret_variable`).
    public var webhookSecret: Secret?

    /// `LANGFUSE_PUBLIC_KEY`, `LANGFUSE_SECRET_KEY`: open the project that prompts come from (`prompts.langfuse.url`).
    public var langfusePublicKey: Secret?, langfuseSecretKey: Secret?

    /// Whether anybody from outside this machine can prove who they are.
    public var isAuthenticationConfigured: Bool { twilioAuthToken != nil || apiKey != nil || adminKey != nil }

    public init(twilioAccountSid: Secret? = nil, twilioAuthToken: Secret? = nil, apiKey: Secret? = nil, adminKey: Secret? = nil) {
        (self.twilioAccountSid, self.twilioAuthToken, self.apiKey, self.adminKey) = (twilioAccountSid, twilioAuthToken, apiKey, adminKey)
    }

    /// - Parameter environment: the process's variables.
    init(environment: [String: String], report: ConfigurationReport) {
        func secret(_ name: String) -> Secret? {
            guard let value = environment[name] else { return nil }
            // An empty one must not switch authentication off unseen.
            guard (1...500).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                report.problem("environment", "\(name): is empty, too long or holds white space: give 1 to 500 printable characters, or unset it")
                return nil
            }
            return Secret(value)
        }
        twilioAccountSid = secret("TWILIO_ACCOUNT_SID")
        twilioAuthToken = secret("TWILIO_AUTH_TOKEN")
        apiKey = secret("GATEWAY_API_KEY")
        adminKey = secret("GATEWAY_ADMIN_KEY")
    }

    /// Reads the keys of those that are asked: the models in use, and the remote agent.
    mutating func read(_ gateway: GatewayConfiguration, environment: [String: String], reader: ConfigurationReader) {
        func key(_ variable: String?, _ path: [String]) -> Secret? {
            guard let variable else { return nil }
            if let value = environment[variable], (1...2_000).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
                return Secret(value)
            }
            reader.report.problem(
                reader.origin(ofPath: path),
                "\(path.joined(separator: ".")) = \(ConfigurationReader.quoted(variable)): give a variable that is set to a key, or leave it out")
            return nil
        }
        for provider in gateway.llm.providers where gateway.llm.models.contains(provider.name) {
            modelKeys[provider.name] = key(provider.keyVariable, ["llm", "providers", provider.name, "key_variable"])
        }
        let remote = gateway.agent.remote
        if remote.url != nil { remoteAgentKey = key(remote.keyVariable, ["agent", "remote", "key_variable"]) }
    }

    /// Reads what webhooks are signed with, if there are any. Nobody would notice unsigned ones that somebody else sends.
    mutating func read(_ callbacks: GatewayConfiguration.Callbacks, environment: [String: String], reader: ConfigurationReader) {
        guard callbacks.url != nil else { return }
        let variable = callbacks.secretVariable
        if let value = environment[variable], (16...500).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            webhookSecret = Secret(value)
        } else {
            reader.report.problem(
                reader.origin(ofPath: ["callbacks", "url"]),
                "callbacks.url is set, and \(variable), the secret that webhooks are signed with, is missing, shorter than 16 characters or holds "
                    + "white space: set it in the environment to 16 to 500 printable characters, or take callbacks.url out")
        }
    }

    /// Reads the keys of the project that prompts come from, if they come from one.
    mutating func read(_ langfuse: GatewayConfiguration.Prompts.Langfuse, environment: [String: String], reader: ConfigurationReader) {
        guard langfuse.url != nil else { return }
        func key(_ variable: String) -> Secret? {
            if let value = environment[variable], (1...500).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
                return Secret(value)
            }
            reader.report.problem(
                reader.origin(ofPath: ["prompts", "langfuse", "url"]),
                "prompts.langfuse.url is set, and \(variable) is missing, empty, longer than 500 characters or holds white space: set it in the "
                    + "environment, or take prompts.langfuse.url out")
            return nil
        }
        (langfusePublicKey, langfuseSecretKey) = (key("LANGFUSE_PUBLIC_KEY"), key("LANGFUSE_SECRET_KEY"))
    }

    /// The variable that a key of a file should have been, if the key looks like a secret.
    static func variable(for key: String) -> String? {
        let name = key.lowercased().filter { $0.isLetter }
        if name.contains("accountsid") { return "TWILIO_ACCOUNT_SID" }
        if name.contains("adminkey") { return "GATEWAY_ADMIN_KEY" }
        if name.contains("apikey") { return "GATEWAY_API_KEY" }
        if name.contains("authtoken") || name == "token" { return "TWILIO_AUTH_TOKEN" }
        let looksSecret = ["secret", "password", "apikey", "credential"].contains { name.contains($0) }
        return looksSecret ? "a variable (TWILIO_AUTH_TOKEN, …)" : nil
    }
}
