import MediaGateway
import Testing

@Suite("application/x-www-form-urlencoded, within bounds")
struct FormParametersTests {
    static func parse(_ body: String) throws(FormParameters.Failure) -> [String] {
        try FormParameters(parsing: Array(body.utf8).span).parameters.map { "\($0.name)=\($0.value)" }
    }

    @Test(
        "decodes",
        arguments: [
            ("", []), ("a=1&b=2", ["a=1", "b=2"]), ("a=1&a=2&a=1", ["a=1", "a=2", "a=1"]), ("From=%2B15550100", ["From=+15550100"]),
            ("city=New+York%21", ["city=New York!"]), ("a=b=c", ["a=b=c"]), ("a", ["a="]), ("=x", ["=x"]), ("&&a=&&", ["a="]),
            ("n=%C3%A9", ["n=é"]), ("n=é", ["n=é"]), ("a%26b=c%3Dd", ["a&b=c=d"]),
        ])
    func decodes(body: String, parameters: [String]) throws { #expect(try Self.parse(body) == parameters) }

    @Test(
        "refuses",
        arguments: [
            ("a=%", .badEscape), ("a=%4", .badEscape), ("a=%zz", .badEscape), ("a=%4&b=1", .badEscape), ("a=%FF", .notUTF8), ("a=%00%C3", .notUTF8),
            (String(repeating: "a&", count: 257), .tooMany), (String(repeating: "n", count: 257) + "=1", .tooLong),
            ("n=" + String(repeating: "v", count: 16_385), .tooLong),
        ] as [(String, FormParameters.Failure)])
    func refuses(body: String, failure: FormParameters.Failure) { #expect(throws: failure) { try Self.parse(body) } }

    @Test("a name that came twice has no single value")
    func single() throws {
        let form = try FormParameters(parsing: Array("CallSid=CA1&To=1&To=2".utf8).span)
        #expect(form.single("CallSid") == "CA1" && form.single("To") == nil && form.single("From") == nil)
    }
}
