using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Transformers;

namespace GitOps.Manifests.Kustomize;

/// <summary>Puts overrides into a kustomization.</summary>
internal static class OverrideApplier
{
    /// <param name="kustomization">As the file says.</param>
    /// <param name="overrides">What the Application adds.</param>
    /// <param name="components">Its components, those that are missing left out if they may be.</param>
    /// <exception cref="KustomizeException">They contradict each other.</exception>
    public static Kustomization Apply(Kustomization kustomization, KustomizeOverrides overrides, IEnumerable<string> components)
    {
        var result = kustomization with
        {
            NamePrefix = overrides.NamePrefix ?? kustomization.NamePrefix,
            NameSuffix = overrides.NameSuffix ?? kustomization.NameSuffix,
            Namespace = overrides.Namespace ?? kustomization.Namespace,
            Images = Images(kustomization.Images, overrides.Images),
            Replicas = [.. kustomization.Replicas.Where(replica => !overrides.Replicas.ContainsKey(replica.Name)), .. overrides.Replicas.Select(static pair => new Replica(pair.Key, pair.Value))],
            CommonAnnotations = Merge("annotation", kustomization.CommonAnnotations, overrides.CommonAnnotations, overrides.ForceCommonAnnotations),
            Patches = [.. kustomization.Patches, .. overrides.Patches.Select(Patch)],
            Components = [.. kustomization.Components, .. components.Where(component => !kustomization.Components.Contains(component, StringComparer.Ordinal))],
        };
        if (overrides.CommonLabels.IsEmpty)
        {
            return result;
        }

        return overrides.LabelWithoutSelector
            ? result with { Labels = [.. kustomization.Labels, Label(kustomization, overrides)] }
            : result with { CommonLabels = Merge("label", kustomization.CommonLabels, overrides.CommonLabels, overrides.ForceCommonLabels) };
    }

    private static Label Label(Kustomization kustomization, KustomizeOverrides overrides)
    {
        foreach (var label in kustomization.Labels.Where(_ => !overrides.ForceCommonLabels))
        {
            Merge("label", label.Pairs, overrides.CommonLabels, isForced: false);
        }

        return new(new(overrides.CommonLabels, StringComparer.Ordinal), IncludeSelectors: false, overrides.LabelIncludeTemplates, []);
    }

    private static SortedDictionary<string, string> Merge(
        string what, SortedDictionary<string, string> own, IEnumerable<KeyValuePair<string, string>> added, bool isForced)
    {
        var merged = new SortedDictionary<string, string>(own, StringComparer.Ordinal);
        foreach (var (name, value) in added)
        {
            if (!isForced && own.ContainsKey(name))
            {
                throw new KustomizeException($"{what} {name} is in the kustomization file already: set force{(what == "label" ? "CommonLabels" : "CommonAnnotations")} to replace it");
            }

            merged[name] = value;
        }

        return merged;
    }

    private static List<Image> Images(List<Image> own, IEnumerable<string> added)
    {
        var images = own.ToList();
        foreach (var image in added.Select(ParseImage))
        {
            var index = images.FindIndex(known => known.Name == image.Name);
            if (index < 0)
            {
                images.Add(image);
                continue;
            }

            var known = images[index];
            images[index] = known with
            {
                NewName = image.NewName.Length > 0 ? image.NewName : known.NewName,
                NewTag = image.NewTag.Length > 0 || image.Digest.Length > 0 ? image.NewTag : known.NewTag,
                Digest = image.NewTag.Length > 0 || image.Digest.Length > 0 ? image.Digest : known.Digest,
            };
        }

        return images;
    }

    private static Image ParseImage(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var (name, tag, digest) = ImageTransformer.Split(text[(equals + 1)..]);
        var old = equals < 0 ? name : text[..equals];
        if (old.Length == 0 || name.Length == 0 || (equals < 0 && tag.Length == 0 && digest.Length == 0))
        {
            throw new KustomizeException($"'{text}' is no image: write NAME:TAG, NAME@DIGEST or NAME=NEWNAME:TAG");
        }

        return new(old, name == old || name == "*" ? string.Empty : name, string.Empty, tag == "*" ? string.Empty : tag, digest);
    }

    private static Patch Patch(KustomizePatch patch) => new(
        patch.Path ?? string.Empty, patch.Patch ?? string.Empty,
        patch.Target is not { } target ? null
            : new(new(target.Group, target.Version, target.Kind), target.Name, target.Namespace, target.LabelSelector, target.AnnotationSelector),
        patch.AllowNameChange, patch.AllowKindChange);
}
