namespace GitOps.Sandbox.Admission;

/// <summary>The syntaxes of names. Each method answers with every rule that a text breaks, in the server's words; none: it is valid.</summary>
internal static class Names
{
    public const string SubdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    public const string LabelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
        + "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string NamePartRule =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    private const string ValueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
        + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string ConfigKeyRule =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', "
        + "regex used for validation is '[-._a-zA-Z0-9]+')";

    /// <summary>At most 63 lower-case letters, digits and dashes.</summary>
    public static List<string> Label(string text)
    {
        var problems = Length(text, 63);
        if (!IsLabel(text))
        {
            problems.Add(LabelRule);
        }

        return problems;
    }

    /// <summary>As <see cref="Label"/>, beginning with a letter.</summary>
    public static List<string> Label1035(string text)
    {
        var problems = Length(text, 63);
        if (!IsLabel(text) || !char.IsAsciiLetterLower(text[0]))
        {
            problems.Add("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end "
                + "with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')");
        }

        return problems;
    }

    /// <summary>Labels with dots between them, at most 253 letters.</summary>
    public static List<string> Subdomain(string text)
    {
        var problems = Length(text, 253);
        if (!IsSubdomain(text))
        {
            problems.Add(SubdomainRule);
        }

        return problems;
    }

    /// <summary>A label's or an annotation's key: a name, or a prefix and a name.</summary>
    public static List<string> Qualified(string key)
    {
        var parts = key.Split('/');
        if (parts.Length > 2)
        {
            return ["a qualified name " + NamePartRule["name part ".Length..]];
        }

        var problems = new List<string>();
        var name = parts[^1];
        if (parts.Length == 2)
        {
            problems.AddRange(parts[0].Length == 0 ? ["prefix part must be non-empty"] : Subdomain(parts[0]).Select(static problem => "prefix part " + problem));
        }

        if (name.Length == 0)
        {
            problems.Add("name part must be non-empty");
        }
        else if (name.Length > 63)
        {
            problems.Add("name part must be no more than 63 bytes");
        }

        if (!IsName(name))
        {
            problems.Add(NamePartRule);
        }

        return problems;
    }

    /// <summary>A label's value.</summary>
    public static List<string> Value(string text)
    {
        var problems = Length(text, 63);
        if (text.Length > 0 && !IsName(text))
        {
            problems.Add(ValueRule);
        }

        return problems;
    }

    /// <summary>A key of a ConfigMap or a Secret.</summary>
    public static List<string> ConfigKey(string text)
    {
        var problems = Length(text, 253);
        if (text.Length == 0 || !text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
        {
            problems.Add(ConfigKeyRule);
        }

        if (text is "." or "..")
        {
            problems.Add($"must not be '{text}'");
        }
        else if (text.StartsWith("..", StringComparison.Ordinal))
        {
            problems.Add("must not start with '..'");
        }

        return problems;
    }

    /// <summary>A variable's name: printable, without an equals sign.</summary>
    public static List<string> Variable(string text) => text.All(static letter => letter is >= ' ' and <= '~' and not '=')
        ? []
        : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];

    /// <summary>A port's name: at most 15 lower-case letters, digits and single dashes, with a letter among them.</summary>
    public static List<string> Port(string text)
    {
        var problems = Length(text, 15, "characters");
        if (!text.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-'))
        {
            problems.Add("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
        }

        if (!text.Any(char.IsAsciiLetterLower))
        {
            problems.Add("must contain at least one letter (a-z)");
        }

        if (text.Contains("--", StringComparison.Ordinal))
        {
            problems.Add("must not contain consecutive hyphens");
        }

        if (text.StartsWith('-') || text.EndsWith('-'))
        {
            problems.Add("must not begin or end with a hyphen");
        }

        return problems;
    }

    /// <summary>The name of a role: anything that can stand in a path.</summary>
    public static List<string> PathSegment(string text)
    {
        if (text is "." or "..")
        {
            return [$"may not be '{text}'"];
        }

        var problems = new List<string>();
        foreach (var illegal in new[] { '/', '%' })
        {
            if (text.Contains(illegal, StringComparison.Ordinal))
            {
                problems.Add($"may not contain '{illegal}'");
            }
        }

        return problems;
    }

    public static bool IsLabel(string text) =>
        text.Length > 0
        && text.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-')
        && text[0] != '-' && text[^1] != '-';

    public static bool IsSubdomain(string text) => text.Split('.').All(IsLabel);

    private static bool IsName(string text) =>
        text.Length > 0
        && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
        && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1]);

    private static List<string> Length(string text, int most, string unit = "bytes") => text.Length > most ? [$"must be no more than {most} {unit}"] : [];
}
