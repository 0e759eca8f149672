using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Operator.Model;

namespace GitOps.Operator.Api;

/// <summary>What <c>CreateNamespace</c> and <c>managedNamespaceMetadata</c> need, and need of each other.</summary>
internal static class NamespaceRules
{
    private const string MetadataPath = "spec.syncPolicy.managedNamespaceMetadata";

    /// <returns>Null: the namespace is made, if at all, without labels and annotations.</returns>
    public static NamespaceMetadata? Check(ApplicationSpec spec, JsonObject raw, SyncOptions options, SpecErrors errors)
    {
        if (options.CreateNamespace && string.IsNullOrEmpty(spec.Destination?.Namespace))
        {
            errors.Invalid(SyncOptionRules.SpecPath, "CreateNamespace=true needs spec.destination.namespace");
        }

        if (spec.SyncPolicy?.ManagedNamespaceMetadata is not { } metadata
            || (raw["syncPolicy"] as JsonObject)?["managedNamespaceMetadata"] is not JsonObject { Count: > 0 })
        {
            return null;
        }

        if (!options.CreateNamespace)
        {
            errors.Contradiction(MetadataPath, $"has no effect without CreateNamespace=true in {SyncOptionRules.SpecPath}; add it, or remove this");
        }

        var (labels, annotations) = (Sorted(metadata.Labels), Sorted(metadata.Annotations));
        foreach (var (path, keys) in new[] { (".labels", labels.Keys), (".annotations", annotations.Keys) })
        {
            if (keys.FirstOrDefault(static key => key is Names.ApplicationLabel or Names.TrackingIdAnnotation) is { } mark)
            {
                errors.Invalid(MetadataPath + path, $"{mark} is the operator's own mark; remove it");
            }
        }

        return new(labels, annotations);
    }

    private static ImmutableSortedDictionary<string, string> Sorted(IReadOnlyDictionary<string, string>? items) =>
        (items ?? ImmutableSortedDictionary<string, string>.Empty).ToImmutableSortedDictionary(StringComparer.Ordinal);
}
