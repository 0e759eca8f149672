using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Api;

/// <summary>What Argo CD's build environment and its parameter files go by.</summary>
/// <param name="Application">
/// The Application's name in Argo CD: <c>NAME</c> in the operator's own namespace, <c>NAMESPACE_NAME</c> elsewhere. Empty: there is
/// no Application.
/// </param>
/// <param name="Namespace">Where it deploys to; empty: it does not say.</param>
/// <param name="Project">Its project.</param>
/// <param name="Source">The source as it is written; not to be changed.</param>
internal sealed record BuildIdentity(string Application, string Namespace, string Project, JsonObject Source)
{
    private const int ShortLength = 7;
    private const int LongerLength = 8;

    public static BuildIdentity Of(ApplicationResource application, string operatorNamespace, JsonObject source)
    {
        var key = application.Key;
        return new(
            key.Namespace == operatorNamespace ? key.Name : $"{key.Namespace}_{key.Name}",
            application.Spec.Destination?.Namespace ?? string.Empty,
            string.IsNullOrEmpty(application.Spec.Project) ? "default" : application.Spec.Project,
            source);
    }

    /// <returns>The value of a variable in the build of a commit; null: there is no such variable.</returns>
    public string? ValueOf(string variable, string revision) => variable switch
    {
        "ARGOCD_APP_NAME" => Application,
        "ARGOCD_APP_NAMESPACE" => Namespace,
        "ARGOCD_APP_PROJECT_NAME" => Project,
        "ARGOCD_APP_REVISION" => revision,
        "ARGOCD_APP_REVISION_SHORT" => Shorten(revision, ShortLength),
        "ARGOCD_APP_REVISION_SHORT_8" => Shorten(revision, LongerLength),
        "ARGOCD_APP_SOURCE_REPO_URL" => Written("repoURL"),
        "ARGOCD_APP_SOURCE_PATH" => Written("path"),
        "ARGOCD_APP_SOURCE_TARGET_REVISION" => Written("targetRevision"),
        _ => null,
    };

    private static string Shorten(string revision, int length) => revision.Length > length ? revision[..length] : revision;

    private string Written(string field) => KubernetesObject.GetString(Source, field) ?? string.Empty;
}
