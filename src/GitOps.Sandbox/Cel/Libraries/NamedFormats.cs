using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>The formats of <c>format.named</c>, and <c>validate</c>.</summary>
internal static partial class NamedFormats
{
    private const string LabelPattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private const string NamePattern = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
    private const string NameCharacters = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
    private const string NameExamples = $"(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{NamePattern}')";
    private const int LabelLength = 63;
    private const int SubdomainLength = 253;

    private const string LabelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character "
        + $"(e.g. 'my-name',  or '123-abc', regex used for validation is '{LabelPattern}')";

    private const string SubdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
        + $"alphanumeric character (e.g. 'example.com', regex used for validation is '{LabelPattern}(\\.{LabelPattern})*')";

    private const string OldLabelRule =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
        + "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    private const string ValueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + $"alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '({NamePattern})?')";

    public static CelNamedFormat Label { get; } = new("dns1123Label", 30, ValidateLabel);

    public static CelNamedFormat Subdomain { get; } = new("dns1123Subdomain", 60, ValidateSubdomain);

    public static ImmutableArray<CelOverload> Overloads { get; } =
    [
        CelSignature.Read("format-validate", "(kubernetes.NamedFormat).validate(string): optional(list(string))", static a => Validate((CelNamedFormat)a[0], (CelString)a[1])),
        CelSignature.Read("format-named", "format.named(string): optional(kubernetes.NamedFormat)", static a =>
            All.FirstOrDefault(format => format.Name == ((CelString)a[0]).Value) is { } format ? CelOptional.Of(format) : CelOptional.None),
        .. All.Select(static format => CelSignature.Read($"format.{format.Name}", $"format.{format.Name}(): kubernetes.NamedFormat", _ => format)),
    ];

    private static ImmutableArray<CelNamedFormat> All =>
    [
        Label,
        Subdomain,
        new("dns1035Label", 30, ValidateOldLabel),
        new("qualifiedName", 60, ValidateQualifiedName),
        new("dns1123LabelPrefix", 30, static text => ValidateLabel(Masked(text))),
        new("dns1123SubdomainPrefix", 60, static text => ValidateSubdomain(Masked(text))),
        new("dns1035LabelPrefix", 30, static text => ValidateOldLabel(Masked(text))),
        new("labelValue", 40, static text => Rules(text, LabelLength, "bytes", text.Length == 0 || Name().IsMatch(text), ValueRule)),
        new("uri", 1104, static text => CelUrl.Parse(text, out var mistake) is null ? [mistake] : []),
        new("uuid", 72, static text => Uuid().IsMatch(text) ? [] : ["does not match the UUID format"]),
        new("byte", 84, static text => text.Length > 0 && text.Length % 4 == 0 && Convert.TryFromBase64String(text, new byte[text.Length], out _) ? [] : ["invalid base64"]),
        new("date", 72, static text => CelTimeText.Date(text) is CelTimestamp ? [] : ["invalid date"]),
        new("datetime", 72, static text => CelTimeText.Timestamp(text) is CelTimestamp ? [] : ["invalid datetime"]),
    ];

    private static CelOptional Validate(CelNamedFormat format, CelString text)
    {
        var mistakes = format.Validate(text.Value);
        return mistakes.Count == 0 ? CelOptional.None : CelOptional.Of(new CelArray([.. mistakes.Select(CelString.Of)]));
    }

    [GeneratedRegex("\\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex DnsLabel();

    [GeneratedRegex("\\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex DnsSubdomain();

    [GeneratedRegex("\\A[a-z]([-a-z0-9]*[a-z0-9])?\\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex DnsOldLabel();

    [GeneratedRegex("\\A([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Name();

    [GeneratedRegex("\\A[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Uuid();

    /// <summary>A name that will be appended to may end with a dash.</summary>
    private static string Masked(string text) => text.Length > 1 && text.EndsWith('-') ? $"{text[..^2]}a" : text;

    private static List<string> Rules(string text, int length, string unit, bool isMatch, string rule)
    {
        var mistakes = new List<string>();
        if (Encoding.UTF8.GetByteCount(text) > length)
        {
            mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"must be no more than {length} {unit}"));
        }

        if (!isMatch)
        {
            mistakes.Add(rule);
        }

        return mistakes;
    }

    private static List<string> ValidateLabel(string text) => Rules(
        text, LabelLength, "characters", DnsLabel().IsMatch(text), DnsSubdomain().IsMatch(text) ? "must not contain dots" : LabelRule);

    private static List<string> ValidateSubdomain(string text) =>
        Rules(text, SubdomainLength, "characters", DnsSubdomain().IsMatch(text), SubdomainRule);

    private static List<string> ValidateOldLabel(string text) => Rules(text, LabelLength, "characters", DnsOldLabel().IsMatch(text), OldLabelRule);

    private static List<string> ValidateQualifiedName(string text)
    {
        var parts = text.Split('/');
        if (parts.Length > 2)
        {
            return [$"a valid label key {NameCharacters} {NameExamples} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"];
        }

        var mistakes = new List<string>();
        if (parts.Length == 2)
        {
            mistakes.AddRange(parts[0].Length == 0
                ? ["prefix part must be non-empty"]
                : Rules(parts[0], SubdomainLength, "bytes", DnsSubdomain().IsMatch(parts[0]), SubdomainRule).Select(static rule => $"prefix part {rule}"));
        }

        var name = parts[^1];
        if (name.Length == 0)
        {
            mistakes.Add("name part must be non-empty");
        }

        mistakes.AddRange(Rules(name, LabelLength, "bytes", Name().IsMatch(name), $"{NameCharacters} {NameExamples}").Select(static rule => $"name part {rule}"));
        return mistakes;
    }
}
