using System.Collections.Immutable;
using GitOps.Manifests.Plain;
using GitOps.Operator.Model.Ignoring;
using GitOps.Operator.Model.Ignoring.Jq;

namespace GitOps.Operator.Api;

/// <summary><c>spec.ignoreDifferences</c>, and the operator's own rules in the same form.</summary>
internal static class IgnoreRuleReader
{
    public const string SpecPath = "spec.ignoreDifferences";

    private const int MaxRules = 100;
    private const int MaxItems = 100;

    /// <summary>Groups of kinds that people leave the group out of; in Argo CD's form that means the core group.</summary>
    private static readonly Dictionary<string, string> Groups = new(StringComparer.Ordinal)
    {
        ["ConfigMap"] = string.Empty,
        ["CronJob"] = "batch",
        ["CustomResourceDefinition"] = "apiextensions.k8s.io",
        ["DaemonSet"] = "apps",
        ["Deployment"] = "apps",
        ["HorizontalPodAutoscaler"] = "autoscaling",
        ["Ingress"] = "networking.k8s.io",
        ["Job"] = "batch",
        ["MutatingWebhookConfiguration"] = "admissionregistration.k8s.io",
        ["NetworkPolicy"] = "networking.k8s.io",
        ["Secret"] = string.Empty,
        ["Service"] = string.Empty,
        ["StatefulSet"] = "apps",
        ["ValidatingWebhookConfiguration"] = "admissionregistration.k8s.io",
    };

    /// <param name="rules">As written.</param>
    /// <param name="path">Of the list, for messages.</param>
    /// <param name="errors">Takes what is wrong with them.</param>
    public static IgnoreRules Check(ImmutableArray<IgnoreDifference> rules, string path, SpecErrors errors)
    {
        if (rules.Length > MaxRules)
        {
            errors.Invalid(path, $"{rules.Length} rules; there may be {MaxRules}");
            return IgnoreRules.None;
        }

        var read = ImmutableArray.CreateBuilder<IgnoreRule>(rules.Length);
        for (var i = 0; i < rules.Length; i++)
        {
            if (Read(rules[i], $"{path}[{i}]", errors) is { } rule)
            {
                read.Add(rule);
            }
        }

        return read.Count == 0 ? IgnoreRules.None : new(read.ToImmutable());
    }

    /// <summary>Rules that are taken and match nothing, a sentence each.</summary>
    public static ImmutableArray<string> Warnings(ImmutableArray<IgnoreDifference> rules) =>
    [
        .. rules.Select(static (rule, i) => (rule, i))
            .Where(static item => item.rule.Kind is { } kind && Groups.TryGetValue(kind, out var group) && (item.rule.Group ?? string.Empty) is var written
                && written != group && (written.Length == 0 || written == "core"))
            .Select(static item => $"{SpecPath}[{item.i}] is about no object: {item.rule.Kind} is of the group '{Groups[item.rule.Kind!]}'"),
    ];

    private static IgnoreRule? Read(IgnoreDifference rule, string path, SpecErrors errors)
    {
        if (string.IsNullOrEmpty(rule.Kind))
        {
            errors.Invalid($"{path}.kind", "names no kind; write one, or '*' for all");
            return null;
        }

        var (pointers, expressions, managers) = (rule.JsonPointers, rule.JqPathExpressions, rule.ManagedFieldsManagers);
        if (pointers.IsEmpty && expressions.IsEmpty && managers.IsEmpty)
        {
            errors.Invalid(path, "ignores nothing; add jsonPointers, jqPathExpressions or managedFieldsManagers, or remove it");
            return null;
        }

        var (group, kind) = (Glob(rule.Group ?? string.Empty, $"{path}.group", errors), Glob(rule.Kind, $"{path}.kind", errors));
        var (name, @namespace) = (
            string.IsNullOrEmpty(rule.Name) ? null : Glob(rule.Name, $"{path}.name", errors),
            string.IsNullOrEmpty(rule.Namespace) ? null : Glob(rule.Namespace, $"{path}.namespace", errors));
        var read = new IgnoreRule
        {
            Group = group,
            Kind = kind,
            Name = name,
            Namespace = @namespace,
            Pointers = Each(pointers, $"{path}.jsonPointers", JsonPointer.Parse, errors),
            Expressions = Each(expressions, $"{path}.jqPathExpressions", JqExpression.Parse, errors),
            Managers = Each(managers, $"{path}.managedFieldsManagers", Manager, errors),
            Text = string.Join('\u0001', (string?[])
                [rule.Group, rule.Kind, rule.Name, rule.Namespace, "pointers", .. pointers, "expressions", .. expressions, "managers", .. managers]),
        };
        return read;
    }

    private static string Manager(string name) => string.IsNullOrWhiteSpace(name) ? throw new FormatException("the name of a field manager is empty") : name;

    private static GlobPattern Glob(string text, string field, SpecErrors errors)
    {
        try
        {
            return GlobPattern.Parse(text);
        }
        catch (FormatException malformed)
        {
            errors.Invalid(field, malformed.Message);
            return GlobPattern.Parse(string.Empty);
        }
    }

    private static ImmutableArray<T> Each<T>(ImmutableArray<string> texts, string path, Func<string, T> parse, SpecErrors errors)
    {
        if (texts.Length > MaxItems)
        {
            errors.Invalid(path, $"{texts.Length} items; there may be {MaxItems}");
            return [];
        }

        var parsed = ImmutableArray.CreateBuilder<T>(texts.Length);
        for (var i = 0; i < texts.Length; i++)
        {
            try
            {
                parsed.Add(parse(texts[i]));
            }
            catch (Exception malformed) when (malformed is FormatException or JqSyntaxException)
            {
                errors.Invalid($"{path}[{i}]", malformed.Message);
            }
        }

        return parsed.ToImmutable();
    }
}
