using System.Collections.Immutable;
using GitOps.Operator.Api;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace GitOps.Operator.Options;

/// <summary>
/// Reads what Argo CD has in <c>resource.exclusions</c> and <c>resource.inclusions</c>: a YAML list of
/// <c>{apiGroups, kinds, clusters}</c>, each a list of strings.
/// </summary>
internal static class ResourceRuleFile
{
    private static readonly string[] Fields = ["apiGroups", "kinds", "clusters"];

    /// <param name="option">For messages.</param>
    /// <param name="path">Of the file.</param>
    /// <param name="errors">Takes what is wrong with it.</param>
    public static ImmutableArray<ResourceRule> Read(string option, string path, ICollection<string> errors)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{option}: '{path}' cannot be read: {failure.Message}");
            return [];
        }

        return Parse($"{option}: '{path}'", text, errors);
    }

    /// <param name="place">For messages.</param>
    /// <param name="text">YAML.</param>
    /// <param name="errors">Takes what is wrong with it.</param>
    public static ImmutableArray<ResourceRule> Parse(string place, string text, ICollection<string> errors)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException failure)
        {
            errors.Add($"{place} is no YAML: line {failure.Start.Line}: {failure.InnerException?.Message ?? failure.Message}");
            return [];
        }

        if (yaml.Documents.Count == 0)
        {
            return [];
        }

        if (yaml.Documents[0].RootNode is not YamlSequenceNode items)
        {
            errors.Add($"{place} is not a list of {{apiGroups, kinds, clusters}}");
            return [];
        }

        var rules = ImmutableArray.CreateBuilder<ResourceRule>();
        foreach (var item in items)
        {
            var where = $"{place} line {item.Start.Line}";
            if (item is not YamlMappingNode fields)
            {
                errors.Add($"{where}: this is not of the form {{apiGroups, kinds, clusters}}");
                continue;
            }

            var before = errors.Count;
            foreach (var name in fields.Children.Keys.OfType<YamlScalarNode>().Where(static name => !Fields.Contains(name.Value, StringComparer.Ordinal)))
            {
                errors.Add($"{where}: there is no field '{name.Value}'; the fields are {string.Join(", ", Fields)}");
            }

            var lists = Fields.Select(name => List(fields, name, where, errors)).ToList();
            if (errors.Count == before)
            {
                Add(rules, lists, where, errors);
            }
        }

        return rules.ToImmutable();
    }

    private static void Add(
        ImmutableArray<ResourceRule>.Builder rules, List<ImmutableArray<string>> lists, string where, ICollection<string> errors)
    {
        if (lists.TrueForAll(static list => list.IsEmpty))
        {
            errors.Add($"{where}: this names nothing, and would mean everything; name apiGroups or kinds");
            return;
        }

        try
        {
            rules.Add(new(lists[0], lists[1], lists[2]));
        }
        catch (FormatException malformed)
        {
            errors.Add($"{where}: {malformed.Message}");
        }
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
