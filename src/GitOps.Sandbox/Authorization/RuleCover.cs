using System.Collections.Immutable;
using System.Text;

namespace GitOps.Sandbox.Authorization;

/// <summary>Whether rules that somebody holds include rules that are to be granted, and which they do not.</summary>
internal static class RuleCover
{
    public static readonly ImmutableArray<PolicyRule> FullAuthority =
    [
        PolicyRule.ForResource(PolicyRule.All, PolicyRule.All, PolicyRule.All),
        PolicyRule.ForPath(PolicyRule.All, PolicyRule.All),
    ];

    /// <summary>What is granted and not held, each with one verb, one group, one resource and one name.</summary>
    public static IReadOnlyList<PolicyRule> Missing(IReadOnlyCollection<PolicyRule> held, IEnumerable<PolicyRule> granted) =>
        [.. granted.SelectMany(BreakDown).Where(single => !held.Any(rule => Covers(rule, single)))];

    /// <summary>What is missing as messages list it: the verbs for one resource together, sorted.</summary>
    public static IEnumerable<string> Describe(IEnumerable<PolicyRule> missing)
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        var verbs = new Dictionary<(string Group, string Resource, string? Name), List<string>>();
        foreach (var rule in missing)
        {
            if (!rule.Paths.IsEmpty)
            {
                lines.Add(Text(rule, rule.Verbs));
                continue;
            }

            var key = (rule.ApiGroups[0], rule.Resources[0], rule.ResourceNames.FirstOrDefault());
            if (!verbs.TryGetValue(key, out var known))
            {
                verbs[key] = known = [];
            }

            known.AddRange(rule.Verbs);
        }

        foreach (var (key, list) in verbs)
        {
            lines.Add(Text(PolicyRule.ForResource(string.Empty, key.Group, key.Resource, key.Name), list));
        }

        return lines;
    }

    /// <summary>The same rule as many, each with one verb, one group, one resource and one name, or one path.</summary>
    public static IEnumerable<PolicyRule> BreakDown(PolicyRule rule)
    {
        foreach (var group in rule.ApiGroups)
        {
            foreach (var resource in rule.Resources)
            {
                foreach (var verb in rule.Verbs)
                {
                    if (rule.ResourceNames.IsEmpty)
                    {
                        yield return PolicyRule.ForResource(verb, group, resource);
                    }

                    foreach (var name in rule.ResourceNames)
                    {
                        yield return PolicyRule.ForResource(verb, group, resource, name);
                    }
                }
            }
        }

        foreach (var path in rule.Paths)
        {
            foreach (var verb in rule.Verbs)
            {
                yield return PolicyRule.ForPath(verb, path);
            }
        }
    }

    private static bool Covers(PolicyRule held, PolicyRule single)
    {
        var hasVerb = held.Verbs.Contains(PolicyRule.All, StringComparer.Ordinal) || held.Verbs.Contains(single.Verbs[0], StringComparer.Ordinal);
        if (!hasVerb)
        {
            return false;
        }

        if (!single.Paths.IsEmpty)
        {
            var path = single.Paths[0];
            return held.Paths.Any(own => own == path
                || (own.EndsWith('*') && path.StartsWith(own.AsSpan().TrimEnd('*'), StringComparison.Ordinal)));
        }

        return (held.ApiGroups.Contains(PolicyRule.All, StringComparer.Ordinal) || held.ApiGroups.Contains(single.ApiGroups[0], StringComparer.Ordinal))
            && CoversResource(held, single.Resources[0])
            && (held.ResourceNames.IsEmpty
                || (!single.ResourceNames.IsEmpty && held.ResourceNames.Contains(single.ResourceNames[0], StringComparer.Ordinal)));
    }

    private static bool CoversResource(PolicyRule held, string resource)
    {
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        return held.Resources.Any(own => own == PolicyRule.All || own == resource || (slash >= 0 && own == $"*{resource[slash..]}"));
    }

    private static string Text(PolicyRule rule, IEnumerable<string> verbs)
    {
        var text = new StringBuilder("{");
        void Add(string name, IEnumerable<string> values)
        {
            var list = string.Join(' ', values.Select(GoText.Quote));
            if (list.Length > 0)
            {
                text.Append(text.Length > 1 ? ", " : string.Empty).Append(name).Append(":[").Append(list).Append(']');
            }
        }

        Add("APIGroups", rule.ApiGroups);
        Add("Resources", rule.Resources);
        Add("NonResourceURLs", rule.Paths);
        Add("ResourceNames", rule.ResourceNames);
        Add("Verbs", verbs);
        return text.Append('}').ToString();
    }
}
