using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Model.Ignoring;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace GitOps.Operator.Options;

/// <summary>
/// Reads what is ignored everywhere, in one of two forms: a YAML list as <c>spec.ignoreDifferences</c>, or a map with the keys
/// of Argo CD's settings, <c>resource.customizations.ignoreDifferences.GROUP_KIND</c> (of the core group <c>KIND</c>, for all
/// kinds <c>all</c>), whose values are YAML too.
/// </summary>
internal static class IgnoreDifferencesFile
{
    private const string Prefix = "resource.customizations.ignoreDifferences.";
    private static readonly string[] Names = ["group", "kind", "name", "namespace"];
    private static readonly string[] Lists = ["jsonPointers", "jqPathExpressions", "managedFieldsManagers"];

    /// <param name="option">For messages.</param>
    /// <param name="path">Of the file.</param>
    /// <param name="errors">Takes what is wrong with it.</param>
    public static IgnoreRules Read(string option, string path, ICollection<string> errors)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{option}: '{path}' cannot be read: {failure.Message}");
            return IgnoreRules.None;
        }

        return Parse($"{option}: '{path}'", text, errors);
    }

    /// <param name="place">For messages.</param>
    /// <param name="text">YAML.</param>
    /// <param name="errors">Takes what is wrong with it.</param>
    public static IgnoreRules Parse(string place, string text, ICollection<string> errors)
    {
        var before = errors.Count;
        var rules = Root(place, text, errors) switch
        {
            null => [],
            YamlSequenceNode items => items.Select(item => Rule(place, item, [.. Names, .. Lists], errors)).OfType<IgnoreDifference>().ToImmutableArray(),
            YamlMappingNode settings => [.. settings.Children.Select(setting => Setting(place, setting.Key, setting.Value, errors)).OfType<IgnoreDifference>()],
            var other => Nothing(place, other, errors),
        };
        if (errors.Count > before)
        {
            return IgnoreRules.None;
        }

        var problems = new SpecErrors();
        var read = IgnoreRuleReader.Check(rules, "rules", problems);
        foreach (var problem in problems.ToSorted())
        {
            errors.Add($"{place}: {problem}");
        }

        return problems.IsEmpty ? read : IgnoreRules.None;
    }

    private static YamlNode? Root(string place, string text, ICollection<string> errors)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException failure)
        {
            errors.Add($"{place} is no YAML: line {failure.Start.Line}: {failure.InnerException?.Message ?? failure.Message}");
            return null;
        }

        return yaml.Documents.Count == 0 ? null : yaml.Documents[0].RootNode;
    }

    private static ImmutableArray<IgnoreDifference> Nothing(string place, YamlNode node, ICollection<string> errors)
    {
        if (node is not YamlScalarNode { Value: null or "" })
        {
            errors.Add($"{place} is neither a list of rules nor a map of {Prefix}* settings");
        }

        return [];
    }

    private static IgnoreDifference? Setting(string place, YamlNode key, YamlNode value, ICollection<string> errors)
    {
        var where = $"{place} line {key.Start.Line}";
        if ((key as YamlScalarNode)?.Value is not { } name || !name.StartsWith(Prefix, StringComparison.Ordinal) || name.Length == Prefix.Length)
        {
            errors.Add($"{where}: '{key}' is none of {Prefix}GROUP_KIND, {Prefix}KIND, {Prefix}all");
            return null;
        }

        var fields = value is YamlScalarNode { Value: { } text } ? Root($"{where}: {name}", text, errors) : value;
        if (fields is null || Rule(where, fields, Lists, errors) is not { } rule)
        {
            return null;
        }

        var about = name[Prefix.Length..];
        var cut = about.LastIndexOf('_');
        return about == "all" ? rule with { Group = "*", Kind = "*" }
            : cut < 0 ? rule with { Kind = about }
            : rule with { Group = about[..cut], Kind = about[(cut + 1)..] };
    }

    private static IgnoreDifference? Rule(string place, YamlNode node, string[] known, ICollection<string> errors)
    {
        var where = node.Start.Line > 0 ? $"{place} line {node.Start.Line}" : place;
        if (node is not YamlMappingNode fields)
        {
            errors.Add($"{where}: this is not of the form {{{string.Join(", ", known)}}}");
            return null;
        }

        var before = errors.Count;
        foreach (var name in fields.Children.Keys.Where(name => !known.Contains((name as YamlScalarNode)?.Value, StringComparer.Ordinal)))
        {
            errors.Add($"{where}: there is no field '{name}'; the fields are {string.Join(", ", known)}");
        }

        var rule = new IgnoreDifference
        {
            Group = Text(fields, "group", where, errors),
            Kind = Text(fields, "kind", where, errors),
            Name = Text(fields, "name", where, errors),
            Namespace = Text(fields, "namespace", where, errors),
            JsonPointers = List(fields, "jsonPointers", where, errors),
            JqPathExpressions = List(fields, "jqPathExpressions", where, errors),
            ManagedFieldsManagers = List(fields, "managedFieldsManagers", where, errors),
        };
        return errors.Count == before ? rule : null;
    }

    private static string? Text(YamlMappingNode fields, string name, string where, ICollection<string> errors)
    {
        if (!fields.Children.TryGetValue(new YamlScalarNode(name), out var value))
        {
            return null;
        }

        if (value is not YamlScalarNode scalar)
        {
            errors.Add($"{where}: {name} is no string");
        }

        return (value as YamlScalarNode)?.Value;
    }

    private static ImmutableArray<string> List(YamlMappingNode fields, string name, string where, ICollection<string> errors)
    {
        if (!fields.Children.TryGetValue(new YamlScalarNode(name), out var value))
        {
            return [];
        }

        if (value is YamlSequenceNode items && items.All(static item => item is YamlScalarNode))
        {
            return [.. items.OfType<YamlScalarNode>().Select(static item => item.Value ?? string.Empty)];
        }

        errors.Add($"{where}: {name} is not a list of strings");
        return [];
    }
}
