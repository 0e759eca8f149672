using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace GitOps.Manifests.Yaml;

internal enum ScalarKind
{
    Null,
    Boolean,
    Integer,
    Float,

    /// <summary>An infinity or what is not a number: JSON has neither.</summary>
    NotFinite,

    String,
}

/// <summary>What a scalar means.</summary>
/// <param name="Kind">Its type.</param>
/// <param name="Text">JSON text of a number or a boolean; the characters of a string.</param>
/// <param name="Key">The text as a mapping's key; null where it cannot be one.</param>
internal readonly record struct ScalarValue(ScalarKind Kind, string Text, string? Key);

/// <summary>
/// How a program of the Kubernetes world takes YAML: which plain words are not strings, and what a merge key does. Both
/// dialects share the numbers of Go, so <c>0644</c> and <c>0o644</c> are 420, and <c>190:20:30</c> is a string.
/// </summary>
internal sealed class YamlDialect
{
    private const string TagPrefix = "tag:yaml.org,2002:";

    private static readonly FrozenSet<string> Nulls = Words("", "~", "null", "Null", "NULL");
    private static readonly FrozenSet<string> Trues = Words("true", "True", "TRUE");
    private static readonly FrozenSet<string> Falses = Words("false", "False", "FALSE");
    private static readonly FrozenSet<string> OldTrues = Words("y", "Y", "yes", "Yes", "YES", "on", "On", "ON");
    private static readonly FrozenSet<string> OldFalses = Words("n", "N", "no", "No", "NO", "off", "Off", "OFF");

    private static readonly FrozenSet<string> NotFinite =
        Words(".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF");

    private static readonly ScalarValue Null = new(ScalarKind.Null, "null", Key: null);
    private static readonly ScalarValue True = new(ScalarKind.Boolean, "true", "true");
    private static readonly ScalarValue False = new(ScalarKind.Boolean, "false", "false");

    private readonly bool _hasOldBooleans;

    private YamlDialect(bool hasOldBooleans, bool mergeOverridesEarlierKeys, bool lastKeyWins = false)
    {
        LastKeyWins = lastKeyWins;
        _hasOldBooleans = hasOldBooleans;
        MergeOverridesEarlierKeys = mergeOverridesEarlierKeys;
    }

    /// <summary>Plain files, as kubectl reads them: YAML 1.1, where <c>yes</c>, <c>on</c> and <c>y</c> are true.</summary>
    public static YamlDialect Kubectl { get; } = new(hasOldBooleans: true, mergeOverridesEarlierKeys: true);

    /// <summary>Files of a kustomization: <c>yes</c> is a string, and what a mapping says itself wins over what it merges.</summary>
    public static YamlDialect Kustomize { get; } = new(hasOldBooleans: false, mergeOverridesEarlierKeys: false);

    /// <summary>Kustomization files themselves: as kubectl reads files, but a key that comes twice is no error.</summary>
    public static YamlDialect KustomizationFile { get; } = new(hasOldBooleans: true, mergeOverridesEarlierKeys: true, lastKeyWins: true);

    /// <summary>Whether of a key that comes twice the last one counts; else it is an error.</summary>
    public bool LastKeyWins { get; }

    /// <summary>Whether a merge key replaces what stands before it in its mapping.</summary>
    public bool MergeOverridesEarlierKeys { get; }

    /// <summary>Whether a key is the merge key <c>&lt;&lt;</c>.</summary>
    public static bool IsMergeKey(YamlNode key) =>
        key is YamlScalar { Text: "<<" } scalar
        && (scalar is { Style: YamlScalarStyle.Plain, Tag: "" } || scalar.Tag is TagPrefix + "merge");

    /// <exception cref="YamlErrorException">The text does not fit its tag.</exception>
    public ScalarValue Resolve(YamlScalar scalar)
    {
        if (scalar.Tag.Length == 0)
        {
            return scalar.Style == YamlScalarStyle.Plain ? ResolvePlain(scalar.Text) : OfString(scalar.Text);
        }

        return scalar.Tag is TagPrefix + "binary" ? DecodeBinary(scalar) : ResolveTagged(scalar);
    }

    /// <summary>Whether a string written without quotes would be read as this string.</summary>
    public bool IsPlainString(string text) => ResolvePlain(text).Kind == ScalarKind.String;

    private static FrozenSet<string> Words(params string[] words) => words.ToFrozenSet(StringComparer.Ordinal);

    private static ScalarValue OfString(string text) => new(ScalarKind.String, text, text);

    private ScalarValue ResolveTagged(YamlScalar scalar)
    {
        var wanted = scalar.Tag.StartsWith(TagPrefix, StringComparison.Ordinal) ? scalar.Tag[TagPrefix.Length..] : string.Empty;
        if (wanted is not ("null" or "bool" or "int" or "float"))
        {
            return OfString(scalar.Text);
        }

        var value = ResolvePlain(scalar.Text);
        var fits = wanted switch
        {
            "null" => value.Kind == ScalarKind.Null,
            "bool" => value.Kind == ScalarKind.Boolean,
            "int" => value.Kind == ScalarKind.Integer,
            _ => value.Kind is ScalarKind.Integer or ScalarKind.Float or ScalarKind.NotFinite,
        };
        if (!fits)
        {
            throw new YamlErrorException(scalar.Line, $"the value is tagged !!{wanted}, which it is not");
        }

        return value.Kind == ScalarKind.Integer && wanted is "float"
            ? OfFloat(double.Parse(value.Text, CultureInfo.InvariantCulture))
            : value;
    }

    private ScalarValue ResolvePlain(string text)
    {
        if (text.Length == 0)
        {
            return Null;
        }

        switch (text[0])
        {
            case '~' or 'n' or 'N' or 't' or 'T' or 'f' or 'F' or 'y' or 'Y' or 'o' or 'O':
                return ResolveWord(text);
            case '.':
                return NotFinite.Contains(text) ? OfNotFinite(text)
                    : GoNumbers.TryParseFloat(text, out var fraction) ? OfFloat(fraction)
                    : OfString(text);
            case '+' or '-' or (>= '0' and <= '9'):
                return NotFinite.Contains(text) ? OfNotFinite(text)
                    : TryResolveNumber(text.Replace("_", string.Empty, StringComparison.Ordinal), out var number) ? number.Value
                    : OfString(text);
            default:
                return OfString(text);
        }
    }

    private ScalarValue ResolveWord(string text) => text.Length switch
    {
        > 5 => OfString(text),
        _ when Nulls.Contains(text) => Null,
        _ when Trues.Contains(text) || (_hasOldBooleans && OldTrues.Contains(text)) => True,
        _ when Falses.Contains(text) || (_hasOldBooleans && OldFalses.Contains(text)) => False,
        _ => OfString(text),
    };

    private static bool TryResolveNumber(string text, [NotNullWhen(true)] out ScalarValue? value)
    {
        value = GoNumbers.TryParseInteger(text, out var integer) ? OfInteger(integer)
            : GoNumbers.TryParseFloat(text, out var number) ? OfFloat(number)
            : text.StartsWith("0b", StringComparison.Ordinal) && GoNumbers.TryParseSignedBinary(text.AsSpan(2), out integer) ? OfInteger(integer)
            : null;
        return value is not null;
    }

    /// <summary>Kubernetes has int64 and float64: a larger integer becomes a float, and cannot be a key.</summary>
    private static ScalarValue OfInteger(Int128 value)
    {
        if (value > long.MaxValue)
        {
            return new(ScalarKind.Integer, GoNumbers.ToJson((double)value), Key: null);
        }

        var text = ((long)value).ToString(CultureInfo.InvariantCulture);
        return new(ScalarKind.Integer, text, text);
    }

    private static ScalarValue OfFloat(double value) => new(ScalarKind.Float, GoNumbers.ToJson(value), GoNumbers.ToKey(value));

    private static ScalarValue OfNotFinite(string text)
    {
        var key = text.Contains('n', StringComparison.OrdinalIgnoreCase) && text.Contains('a', StringComparison.OrdinalIgnoreCase) ? ".nan"
            : text[0] == '-' ? "-.inf"
            : ".inf";
        return new(ScalarKind.NotFinite, key, key);
    }

    private static ScalarValue DecodeBinary(YamlScalar scalar)
    {
        try
        {
            var bytes = Convert.FromBase64String(scalar.Text);
            return OfString(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            throw new YamlErrorException(scalar.Line, "the value is tagged !!binary, but is not text in base64: put the base64 text itself under a field that takes it");
        }
    }
}
