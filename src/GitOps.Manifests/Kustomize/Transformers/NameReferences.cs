using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize.Transformers;

/// <summary>Writes the new names of objects wherever their old names are referred to.</summary>
internal sealed class NameReferences(List<NameReference> references) : ITransformer
{
    private const string RoleReference = "roleRef/name";

    public void Transform(ResourceSet resources, BuildState state)
    {
        if (references.Count > 0)
        {
            CheckSubjects(resources);
        }

        var byOldName = new Dictionary<string, List<Resource>>(StringComparer.Ordinal);
        foreach (var resource in resources.All)
        {
            foreach (var name in resource.PreviousIds.Select(static id => id.Name).Distinct(StringComparer.Ordinal))
            {
                if (!byOldName.TryGetValue(name, out var list))
                {
                    byOldName[name] = list = [];
                }

                list.Add(resource);
            }
        }

        var candidates = new Candidates(byOldName, resources.All.Where(static resource => !resource.OriginalId.IsClusterScoped)
            .ToLookup(static resource => resource.OriginalId.EffectiveNamespace, StringComparer.Ordinal));
        var fieldsOf = new Dictionary<Gvk, List<(FieldSpec Field, Gvk Target)>>();
        foreach (var referrer in resources.All)
        {
            var gvk = referrer.OriginalId.Gvk;
            if (!fieldsOf.TryGetValue(gvk, out var fields))
            {
                fieldsOf[gvk] = fields = FieldsOf(gvk);
            }

            Update(new(referrer, candidates), fields);
        }
    }

    /// <summary>The namespaces of a role binding's accounts have to be texts.</summary>
    private static void CheckSubjects(ResourceSet resources)
    {
        foreach (var binding in resources.All.Where(static resource => resource.Kind == "RoleBinding"))
        {
            foreach (var subject in binding.Node.Get("subjects") is { Kind: NodeKind.List } list ? list.Items : [])
            {
                if (subject.TextOf("kind") == "ServiceAccount" && subject.Get("namespace") is { } named
                    && (named.Kind != NodeKind.Scalar || NodeJson.Resolve(named).Kind != ScalarKind.String))
                {
                    throw new KustomizeException($"the namespace of a subject is no text in '{binding}': give it one, or leave the field out");
                }
            }
        }
    }

    /// <summary>The fields of a kind in which names stand, and of what kind the named are.</summary>
    private List<(FieldSpec Field, Gvk Target)> FieldsOf(Gvk gvk) =>
        [.. references.SelectMany(reference => reference.Referrers.Where(field => gvk.IsSelectedBy(field.Gvk)).Select(field => (field, reference.Target)))];

    private static void Update(Referrer referrer, List<(FieldSpec Field, Gvk Target)> fields)
    {
        foreach (var (field, target) in fields)
        {
            try
            {
                FieldVisitor.VisitPresent(referrer.Resource, field, node => referrer.Set(node, target, field.Path));
            }
            catch (KustomizeException exception)
            {
                throw new KustomizeException($"updating name reference in '{field.Path}' field of '{referrer.Resource}': {exception.Message}", exception);
            }
        }
    }

    /// <summary>What may be referred to, by the names and by the namespaces that they had before.</summary>
    private sealed record Candidates(Dictionary<string, List<Resource>> ByOldName, ILookup<string, Resource> ByNamespace);

    /// <summary>One object, and what it may refer to.</summary>
    private sealed class Referrer(Resource resource, Candidates all)
    {
        private readonly ResourceId _id = resource.CurrentId;

        public Resource Resource { get; } = resource;

        public void Set(Node node, Gvk target, string path)
        {
            switch (node.Kind)
            {
                case NodeKind.Scalar when node.IsNull:
                    break;
                case NodeKind.Scalar:
                    SetScalar(node, target, path);
                    break;
                case NodeKind.Map:
                    SetMap(node, target, path);
                    break;
                default:
                    foreach (var item in node.Items.Where(static item => !item.IsNull))
                    {
                        if (item.Kind == NodeKind.List)
                        {
                            throw new KustomizeException("an item is expected to be either a string or a map of string");
                        }

                        Set(item, target, path);
                    }

                    break;
            }
        }

        private void SetScalar(Node node, Gvk target, string path)
        {
            var found = Select(node.Text, target, path, static _ => true, static candidates => candidates.Select(static other => other.Name).Distinct(StringComparer.Ordinal).Count() == 1);
            if (found is not null && found.Name != node.Text)
            {
                Scalars.SetText(node, found.Name, ScalarTag.Plain);
            }
        }

        /// <summary>A map with a name, and a namespace that helps to tell which object is meant.</summary>
        private void SetMap(Node node, Gvk target, string path)
        {
            var name = node.Get("name") ?? throw new KustomizeException("path config error; no 'name' field in node");
            var found = Select(
                name.Text, target, path, InNamespaceOf(node),
                static candidates => candidates.Select(static other => (other.Name, other.Namespace)).Distinct().Count() == 1);
            if (found is null || (found.Name == name.Text && found.Namespace.Length == 0))
            {
                return;
            }

            Put(node, "name", found.Name);
            if (found.Namespace.Length > 0)
            {
                Put(node, "namespace", found.Namespace);
            }
        }

        private static void Put(Node map, string field, string text)
        {
            if (map.Get(field) is { Kind: NodeKind.Scalar } known)
            {
                (known.Text, known.Tag) = (text, ScalarTag.Plain);
            }
            else
            {
                map.Set(field, Node.String(text));
            }
        }

        /// <summary>Objects that were in the named namespace at first; if no object was, those that are in it now.</summary>
        private Func<Resource, bool> InNamespaceOf(Node node)
        {
            if (node.Get("namespace") is not { } named)
            {
                return static _ => true;
            }

            var wanted = named.Text;
            return all.ByNamespace[wanted].Any(IsWithinReach)
                ? candidate => WasIn(candidate, wanted)
                : candidate => candidate.CurrentId is { IsClusterScoped: false } id && id.EffectiveNamespace == wanted;
        }

        private static bool WasIn(Resource candidate, string @namespace) =>
            candidate.OriginalId is { IsClusterScoped: false } id && id.EffectiveNamespace == @namespace;

        private Resource? Select(string oldName, Gvk target, string path, Func<Resource, bool> isEligible, Func<List<Resource>, bool> areAlike)
        {
            if (!all.ByOldName.TryGetValue(oldName, out var named))
            {
                return null;
            }

            var candidates = named
                .Where(candidate => IsWithinReach(candidate) && isEligible(candidate))
                .Where(candidate => candidate.PreviousIds.Any(id => id.Gvk.IsSelectedBy(target)))
                .Where(candidate => FitsRole(candidate, path))
                .Where(IsInSameNamespace)
                .ToList();
            if (candidates.Count == 1)
            {
                return candidates[0];
            }

            candidates = [.. candidates.Where(candidate => HasSameAffixes(candidate, allowNone: true))];
            if (candidates.Count > 1)
            {
                candidates = [.. candidates.Where(candidate => HasSameAffixes(candidate, allowNone: false))];
            }

            return candidates.Count switch
            {
                0 => null,
                1 => candidates[0],
                _ when areAlike(candidates) => candidates[0],
                _ => throw new KustomizeException($"found multiple possible referrals: {string.Join(", ", candidates)}"),
            };
        }

        /// <summary>What lies in another namespace cannot be meant, but for the accounts of a role binding.</summary>
        private bool IsWithinReach(Resource candidate)
        {
            BuildWork.Spend(Resource.Kind == "RoleBinding" ? 1 + ((Resource.Node.Get("subjects")?.Items.Count ?? 0) * 20L) : 1);
            var id = candidate.CurrentId;
            return _id.IsClusterScoped || id.IsClusterScoped || id.HasSameNamespace(_id)
                || (Resource.Kind == "RoleBinding" && Resource.Node.Get("subjects") is { Kind: NodeKind.List } subjects
                    && subjects.Items.Exists(subject => subject.TextOf("kind") == "ServiceAccount" && subject.TextOf("namespace") == candidate.Namespace));
        }

        private bool IsInSameNamespace(Resource candidate)
        {
            var id = candidate.CurrentId;
            return _id.IsClusterScoped || id.IsClusterScoped || candidate.Kind == "ServiceAccount" || _id.HasSameNamespace(id);
        }

        private bool FitsRole(Resource candidate, string path)
        {
            if (!path.EndsWith(RoleReference, StringComparison.Ordinal)
                || Resource.Node.Get("roleRef") is not { Kind: NodeKind.Map } reference
                || reference.TextOf("apiGroup") is not { } group || reference.TextOf("kind") is not { } kind)
            {
                return true;
            }

            return candidate.PreviousIds.Any(id => id.Gvk.IsSelectedBy(new(group, string.Empty, kind)));
        }

        private bool HasSameAffixes(Resource candidate, bool allowNone) =>
            HasSameEnd(candidate.Prefixes, Resource.Prefixes, allowNone) && HasSameEnd(candidate.Suffixes, Resource.Suffixes, allowNone);

        /// <summary>Whether the shorter list is the end of the longer one.</summary>
        private static bool HasSameEnd(List<string> first, List<string> second, bool allowNone)
        {
            if (allowNone && (first.Count == 0 || second.Count == 0))
            {
                return true;
            }

            var (shorter, longer) = first.Count <= second.Count ? (first, second) : (second, first);
            if (shorter.Count == 0)
            {
                return longer.Count == 0;
            }

            return shorter.SequenceEqual(longer.Skip(longer.Count - shorter.Count), StringComparer.Ordinal);
        }
    }
}
