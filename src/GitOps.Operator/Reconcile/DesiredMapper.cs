using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Secrets;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile;

/// <summary>What rendered objects became.</summary>
internal sealed record MappedObjects(
    ImmutableArray<DesiredObject> Objects, ImmutableArray<UnmappedObject> Unmapped, ImmutableArray<string> Warnings, ImmutableArray<string> Images)
{
    public ImmutableArray<HookObject> Hooks { get; init; } = [];

    /// <summary>Secrets in plain text that nothing allows.</summary>
    public ImmutableArray<SecretFinding> Secrets { get; init; } = [];
}

/// <summary>
/// From rendered objects to desired ones: finds the resource of each kind (by discovery, or by a definition in the same set),
/// fills in the namespace, puts our marks on, and hashes.
/// </summary>
internal sealed class DesiredMapper
{
    private static readonly GroupKind Namespace = new(string.Empty, "Namespace");
    private static readonly GroupKind Definition = new("apiextensions.k8s.io", "CustomResourceDefinition");

    private readonly IDiscovery _discovery;
    private readonly KeyedHash _hash;
    private readonly ResourceFilter _filter;

    public DesiredMapper(IDiscovery discovery, KeyedHash hash, ResourceFilter filter)
    {
        _discovery = discovery;
        _hash = hash;
        _filter = filter;
    }

    /// <summary>The filter as text: with another, the same manifests map to something else.</summary>
    public string FilterText => _filter.Text;

    /// <summary>The same for one source.</summary>
    public Task<MappedObjects> MapAsync(
        IReadOnlyCollection<RenderedObject> rendered, NamespacedName application, string defaultNamespace, NamespaceMetadata? managed,
        CancellationToken cancellationToken) => MapAsync([rendered], application, defaultNamespace, managed, cancellationToken);

    /// <param name="sources">From the renderer, one after the other: of what is in several of them, that of the last one counts.</param>
    /// <param name="application">Whose objects they become.</param>
    /// <param name="defaultNamespace">For namespaced objects that name none; may be empty.</param>
    /// <param name="managed">Of the default namespace, which is then desired too, unless a source has it; null: it is not.</param>
    /// <param name="cancellationToken">Stops between two kinds.</param>
    /// <exception cref="ManifestException">An object cannot be applied as it is, or one is twice in the same source.</exception>
    /// <exception cref="InvalidMarksException">An annotation that says when an object is written makes no sense, or must not come from Git.</exception>
    public async Task<MappedObjects> MapAsync(
        IReadOnlyList<IReadOnlyCollection<RenderedObject>> sources, NamespacedName application, string defaultNamespace, NamespaceMetadata? managed,
        CancellationToken cancellationToken)
    {
        var rendered = sources.Count == 1 ? sources[0] : [.. sources.SelectMany(static source => source)];
        var ofSpec = managed is null ? null : ManagedNamespace(rendered, defaultNamespace, managed);
        rendered = ofSpec is null ? rendered : [.. rendered, ofSpec];
        var defined = Definitions(rendered);
        var objects = new List<(DesiredObject Desired, RenderedObject Source)>(rendered.Count);
        var unmapped = ImmutableArray.CreateBuilder<UnmappedObject>();
        var errors = ImmutableArray.CreateBuilder<ManifestError>();
        var warnings = ImmutableArray.CreateBuilder<string>();
        var images = new SortedSet<string>(StringComparer.Ordinal);
        var misread = new List<ManifestError>();
        var hooks = new List<(HookObject Hook, RenderedObject Source)>();
        var secrets = ImmutableArray.CreateBuilder<SecretFinding>();
        foreach (var item in rendered)
        {
            var mistakes = GitRefusals.Of(item.Object).ToList();
            var marks = MarkReader.Read(item.Object, mistakes);
            var options = OptionReader.Read(item.Object, mistakes, warnings);
            var mayHaveSecrets = AllowsSecrets(item.Object, mistakes);
            if (mistakes.Count > 0)
            {
                misread.AddRange(mistakes.Select(mistake => new ManifestError(item.Location, mistake)));
                continue;
            }

            if (marks.IsLeftOut)
            {
                continue;
            }

            var type = item.Object.GroupVersionKind;
            if (_filter.Leaves(type.GroupKind) is { } filter)
            {
                warnings.Add($"ExcludedResource: {item.Object} ({item.Location}) is left out: the operator is told by {filter} to leave {type.GroupKind} alone");
                continue;
            }

            if (!mayHaveSecrets)
            {
                secrets.AddRange(SecretFinder.Find(item.Object, item.Location.ToString()));
            }

            var found = await _discovery.FindAsync(type, cancellationToken);
            var resource = found.Outcome == LookupOutcome.Found ? found.Resource : defined.GetValueOrDefault(type.GroupKind);
            if (resource is null)
            {
                ManifestMarks.CollectImages(item.Object.Json["spec"], images);
                var reason = found.Outcome == LookupOutcome.Unknown
                    ? $"discovery of {type.Group} is incomplete"
                    : $"the server has no kind {type}; install its CustomResourceDefinition or correct apiVersion and kind";
                unmapped.Add(new(type, item.Object.Name, item.Location.ToString(), reason)
                {
                    Phase = marks.IsHook ? marks.Phases.Min() : SyncPhase.Sync,
                    Wave = marks.Wave,
                    Phases = marks.IsHook ? marks.Phases : [],
                    IsHook = marks.IsHook,
                    SkipDryRun = options.SkipDryRunOnMissingResource,
                });
                continue;
            }

            try
            {
                if (marks.IsHook)
                {
                    var hook = DesiredNormalizer.NormalizeHook(item.Object, resource, defaultNamespace, application);
                    var generateName = hook.Name.Length == 0 ? KubernetesObject.GetString(hook.Metadata, "generateName") : null;
                    hooks.Add((new(hook.Key, type, hook.ToUtf8(), generateName, marks, item.Location.ToString()) { DesiredHash = _hash.Of(hook.Json) }, new(hook, item.Location)));
                    continue;
                }

                var desired = DesiredNormalizer.Normalize(item.Object, resource, defaultNamespace, application);
                objects.Add((new(desired.Key, type, desired.ToUtf8(), _hash.Of(desired.Json), item.Location.ToString())
                {
                    Wave = marks.Wave,
                    Options = ReferenceEquals(item, ofSpec)
                        ? options with { Remembered = options.Remembered | EntryOptions.ManagedNamespace | EntryOptions.IgnoreExtraneous }
                        : options,
                }, new(desired, item.Location)));
            }
            catch (InvalidDesiredObjectException invalid)
            {
                errors.Add(new(item.Location, invalid.Message));
            }
        }

        // Only now that namespaces are filled in can two spellings of one object be seen.
        if (sources.Count > 1)
        {
            var overlaps = new SourceOverlaps(sources);
            overlaps.Add(objects.Select(static item => item.Source));
            overlaps.Add(hooks.Where(static item => item.Hook.GenerateName is null).Select(static item => item.Source));
            objects.RemoveAll(item => overlaps.IsReplaced(item.Source, warnings));
            hooks.RemoveAll(item => item.Hook.GenerateName is null && overlaps.IsReplaced(item.Source, warnings));
        }

        foreach (var item in objects.Select(static item => item.Source).Concat(hooks.Select(static item => item.Source)))
        {
            ManifestMarks.CollectImages(item.Object.Json["spec"], images);
        }

        errors.AddRange(DuplicateCheck.Find(objects.Select(static item => item.Source)
            .Concat(hooks.Where(static item => item.Hook.GenerateName is null).Select(static item => item.Source))));
        if (errors.Count > 0)
        {
            throw new ManifestException(errors.ToImmutable());
        }

        if (misread.Count > 0)
        {
            throw new InvalidMarksException(misread);
        }

        objects.Sort(static (left, right) => KindOrder.Compare(left.Desired.Key, right.Desired.Key));
        hooks.Sort(static (left, right) => KindOrder.Compare(left.Hook.Key, right.Hook.Key));
        return new([.. objects.Select(static item => item.Desired)], unmapped.ToImmutable(), warnings.ToImmutable(), [.. images])
        {
            Hooks = [.. hooks.Select(static item => item.Hook)],
            Secrets = secrets.ToImmutable(),
        };
    }

    private static bool AllowsSecrets(KubernetesObject found, List<string> mistakes)
    {
        if (found.Annotation(Annotations.AllowSecret) is not { } reason)
        {
            return false;
        }

        if (string.IsNullOrWhiteSpace(reason))
        {
            mistakes.Add($"{found}: annotation {Annotations.AllowSecret} has to say why the secret may be in Git");
        }

        return true;
    }

    /// <summary>The namespace as the spec describes it; null where a manifest does.</summary>
    private static RenderedObject? ManagedNamespace(IReadOnlyCollection<RenderedObject> rendered, string name, NamespaceMetadata metadata) =>
        rendered.Any(item => item.Object.GroupVersionKind.GroupKind == Namespace && item.Object.Name == name)
            ? null
            : new(new KubernetesObject(new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Namespace",
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["labels"] = Map(metadata.Labels),
                    ["annotations"] = Map(metadata.Annotations),
                },
            }), new("spec.syncPolicy.managedNamespaceMetadata", 1, 1));

    private static JsonObject Map(IEnumerable<KeyValuePair<string, string>> items)
    {
        var map = new JsonObject();
        foreach (var (name, value) in items)
        {
            map[name] = value;
        }

        return map;
    }

    /// <summary>The kinds that definitions in this very set will bring.</summary>
    private static Dictionary<GroupKind, ApiResource> Definitions(IEnumerable<RenderedObject> rendered)
    {
        var defined = new Dictionary<GroupKind, ApiResource>();
        foreach (var item in rendered.Where(static item => item.Object.GroupVersionKind.GroupKind == Definition))
        {
            var spec = item.Object.Json["spec"] as JsonObject;
            var names = spec?["names"] as JsonObject;
            if (KubernetesObject.GetString(spec, "group") is { } group && KubernetesObject.GetString(names, "kind") is { } kind
                && KubernetesObject.GetString(names, "plural") is { } plural)
            {
                // The status subresource differs from version to version: what a manifest says of status, the server drops.
                defined[new(group, kind)] = ApiResource.Of($"{group}/v1", kind, plural, KubernetesObject.GetString(spec, "scope") != "Cluster");
            }
        }

        return defined;
    }
}
