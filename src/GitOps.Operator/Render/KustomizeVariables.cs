using System.Collections.Immutable;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;

namespace GitOps.Operator.Render;

/// <summary>
/// Puts the build environment into what an Application adds to its kustomization: into images and the values of labels always,
/// into those of annotations where the Application asks for it. Argo CD's rule.
/// </summary>
internal static class KustomizeVariables
{
    /// <param name="settings">As they are written.</param>
    /// <param name="tree">A <see cref="BuildTree"/>; record it to have the variables among the recorded inputs.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async ValueTask<KustomizeOverrides> ExpandAsync(KustomizeSettings settings, ISourceTree tree, CancellationToken cancellationToken)
    {
        var overrides = settings.Overrides;
        var images = ImmutableArray.CreateBuilder<string>(overrides.Images.Length);
        foreach (var image in overrides.Images)
        {
            images.Add(await ShellText.ExpandAsync(image, ValueOfAsync));
        }

        return overrides with
        {
            Images = images.MoveToImmutable(),
            CommonLabels = await ExpandAllAsync(overrides.CommonLabels),
            CommonAnnotations = settings.ExpandsAnnotations ? await ExpandAllAsync(overrides.CommonAnnotations) : overrides.CommonAnnotations,
        };

        async ValueTask<ImmutableSortedDictionary<string, string>> ExpandAllAsync(ImmutableSortedDictionary<string, string> texts)
        {
            var expanded = texts;
            foreach (var (name, text) in texts)
            {
                expanded = expanded.SetItem(name, await ShellText.ExpandAsync(text, ValueOfAsync));
            }

            return expanded;
        }

        async ValueTask<string?> ValueOfAsync(string name) => (await tree.FindAsync(BuildTree.PathOf(name), cancellationToken))?.LinkTarget;
    }
}
