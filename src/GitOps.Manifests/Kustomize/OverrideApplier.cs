using System.Collections.Immutable;
using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Transformers;

namespace GitOps.Manifests.Kustomize;

/// <summary>
/// Puts overrides into a kustomization, as <c>kustomize edit</c> does: sets of images and replicas come back ordered by name, an
/// image replaces the whole entry of its name, and labels without selectors join the first entry that is alike.
/// </summary>
internal static class OverrideApplier
{
    private const string Preserve = "*";

    /// <param name="kustomization">As the file says.</param>
    /// <param name="overrides">What the Application adds.</param>
    /// <param name="components">Its components, those that are missing left out if they may be.</param>
    /// <exception cref="KustomizeException">They contradict each other.</exception>
    public static Kustomization Apply(Kustomization kustomization, KustomizeOverrides overrides, IEnumerable<string> components)
    {
        var result = kustomization with
        {
            NamePrefix = Or(overrides.NamePrefix, kustomization.NamePrefix),
            NameSuffix = Or(overrides.NameSuffix, kustomization.NameSuffix),
            Namespace = Or(overrides.Namespace, kustomization.Namespace),
            Images = overrides.Images.IsEmpty ? kustomization.Images : Images(kustomization.Images, overrides.Images),
            Replicas = overrides.Replicas.IsEmpty ? kustomization.Replicas : Replicas(kustomization.Replicas, overrides.Replicas),
            CommonAnnotations = Merge("annotation", kustomization.CommonAnnotations, overrides.CommonAnnotations, overrides.ForceCommonAnnotations),
            Patches = [.. kustomization.Patches, .. overrides.Patches.Select(Patch)],
            Components = [.. kustomization.Components, .. components.Distinct(StringComparer.Ordinal).Except(kustomization.Components, StringComparer.Ordinal)],
        };
        if (overrides.CommonLabels.IsEmpty)
        {
            return result;
        }

        return overrides.LabelWithoutSelector
            ? result with { Labels = Labels(kustomization.Labels, overrides) }
            : result with { CommonLabels = Merge("label", kustomization.CommonLabels, overrides.CommonLabels, overrides.ForceCommonLabels) };
    }

    private static string Or(string? given, string own) => string.IsNullOrEmpty(given) ? own : given;

    private static List<Label> Labels(List<Label> own, KustomizeOverrides overrides)
    {
        var labels = own.ToList();
        var alike = labels.FindIndex(label => !label.IncludeSelectors && label.IncludeTemplates == overrides.LabelIncludeTemplates);
        if (alike < 0)
        {
            alike = labels.Count;
            labels.Add(new(new(StringComparer.Ordinal), IncludeSelectors: false, overrides.LabelIncludeTemplates, []));
        }

        labels[alike] = labels[alike] with { Pairs = Merge("label", labels[alike].Pairs, overrides.CommonLabels, overrides.ForceCommonLabels) };
        return labels;
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

            merged[name] = Unquote(value);
        }

        return merged;
    }

    /// <summary>Argo CD hands values over in a form that may be quoted, and one pair of quotes is lost on the way.</summary>
    private static string Unquote(string value) => value is ['"', .. var inner, '"'] ? inner : value;

    private static List<Replica> Replicas(List<Replica> own, ImmutableSortedDictionary<string, long> added)
    {
        var replicas = new SortedDictionary<string, Replica>(StringComparer.Ordinal);
        foreach (var (name, count) in added)
        {
            replicas[name] = new(name, count);
        }

        own.ForEach(replica => replicas.TryAdd(replica.Name, replica));
        return [.. replicas.Values];
    }

    private static List<Image> Images(List<Image> own, ImmutableArray<string> added)
    {
        var images = new SortedDictionary<string, Image>(StringComparer.Ordinal);
        foreach (var image in added.Select(ParseImage))
        {
            images[image.Name] = image;
        }

        foreach (var image in own.Where(image => !images.TryAdd(image.Name, image)))
        {
            images[image.Name] = Preserving(images[image.Name], image);
        }

        var nothing = new Image(string.Empty, string.Empty, string.Empty, string.Empty, string.Empty);
        return [.. images.Values.Select(image => Preserving(image, nothing))];
    }

    private static Image Preserving(Image image, Image own) => image with
    {
        NewName = image.NewName == Preserve ? own.NewName : image.NewName,
        NewTag = image.NewTag == Preserve ? own.NewTag : image.NewTag,
        Digest = image.Digest == Preserve ? own.Digest : image.Digest,
    };

    private static Image ParseImage(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var (name, tag, digest) = ImageTransformer.Split(text[(equals + 1)..]);
        var old = equals < 0 ? name : text[..equals];
        if (old.Length == 0 || name.Length == 0 || (equals < 0 && tag.Length == 0 && digest.Length == 0))
        {
            throw new KustomizeException($"'{text}' is no image: write NAME:TAG, NAME@DIGEST or NAME=NEWNAME:TAG");
        }

        return new(old, equals < 0 ? string.Empty : name, string.Empty, tag, digest);
    }

    private static Patch Patch(KustomizePatch patch) => new(
        patch.Path ?? string.Empty, patch.Patch ?? string.Empty,
        patch.Target is not { } target ? null
            : new(new(target.Group, target.Version, target.Kind), target.Name, target.Namespace, target.LabelSelector, target.AnnotationSelector),
        patch.AllowNameChange, patch.AllowKindChange);
}
