using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Reconcile.Gates;

namespace GitOps.Operator.Commands;

/// <summary>Puts into the sandbox what an administrator would put into a cluster: definitions, namespaces, Applications.</summary>
internal sealed class SandboxSetup
{
    private const string Applications = "applications";
    private const string Placeholder = "${REPOSITORY}";

    private static readonly ApiResource Definition =
        ApiResource.Of("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced: false, "status");

    private static readonly TimeSpan EstablishedWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly ApplyOptions AsSandbox = new("gitops-operator-sandbox");

    private readonly IKubernetesClient _client;
    private readonly string _operatorNamespace;

    public SandboxSetup(IKubernetesClient client, string operatorNamespace)
    {
        _client = client;
        _operatorNamespace = operatorNamespace;
    }

    /// <summary>Replaces the placeholder for the repository's URL in an Application's sources.</summary>
    public static void SetRepository(KubernetesObject application, string url)
    {
        var sources = application.At("spec", "sources") as JsonArray ?? [];
        foreach (var source in sources.Append(application.At("spec", "source")).OfType<JsonObject>())
        {
            if (KubernetesObject.GetString(source, "repoURL") == Placeholder)
            {
                source["repoURL"] = url;
            }
        }
    }

    /// <summary>The custom resource definitions, the admission policy of approvals, and the operator's namespace.</summary>
    public async Task InstallAsync(CancellationToken cancellationToken)
    {
        var files = EmbeddedCrds.All().ToDictionary(static crd => crd.File, static crd => crd.Yaml, StringComparer.Ordinal);
        var definitions = await PlainRenderer.RenderAsync(MemorySourceTree.Of(files), new PlainOptions(string.Empty), cancellationToken);
        foreach (var definition in definitions.Objects)
        {
            await _client.ApplyAsync(Definition, definition.Object, AsSandbox, cancellationToken);
        }

        foreach (var definition in definitions.Objects)
        {
            await WaitUntilEstablishedAsync(definition.Object.Name, cancellationToken);
        }

        foreach (var item in await ShippedPolicy.ReadAsync(cancellationToken))
        {
            var resource = ApiResource.Of(item.ApiVersion, item.Kind, item.Kind.EndsWith("Binding", StringComparison.Ordinal)
                ? "validatingadmissionpolicybindings" : "validatingadmissionpolicies", namespaced: false);
            await _client.ApplyAsync(resource, item, AsSandbox, cancellationToken);
        }

        await ApplyNamespaceAsync(_operatorNamespace, cancellationToken);
    }

    /// <summary>Applies the Applications that lie in the repository's work tree.</summary>
    /// <returns>How many.</returns>
    public async Task<int> ApplyApplicationsAsync(string repository, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Path.Combine(repository, Applications)))
        {
            return 0;
        }

        var rendered = await PlainRenderer.RenderAsync(new DirectorySourceTree(repository), new PlainOptions(Applications), cancellationToken);
        var applications = rendered.Objects.Select(static item => item.Object)
            .Where(static item => item.GroupVersionKind == Names.Application.GroupVersionKind).ToList();
        foreach (var application in applications.Where(static application => application.Namespace.Length == 0))
        {
            application.Metadata!["namespace"] = _operatorNamespace;
        }

        foreach (var @namespace in applications.Select(static application => application.Namespace).Distinct(StringComparer.Ordinal))
        {
            await ApplyNamespaceAsync(@namespace, cancellationToken);
        }

        foreach (var application in applications)
        {
            SetRepository(application, new Uri(repository).AbsoluteUri);
            await _client.ApplyAsync(Names.Application, application, AsSandbox, cancellationToken);
        }

        return applications.Count;
    }

    private async Task WaitUntilEstablishedAsync(string definition, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!IsEstablished(await _client.GetAsync(Definition, string.Empty, definition, cancellationToken)))
        {
            if (TimeProvider.System.GetElapsedTime(started) > EstablishedWithin)
            {
                throw new CommandException($"the API server did not establish {definition} within {EstablishedWithin.TotalSeconds} s");
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    private static bool IsEstablished(KubernetesObject? definition) =>
        definition?.At("status", "conditions") is JsonArray conditions && conditions.OfType<JsonObject>().Any(static condition =>
            KubernetesObject.GetString(condition, "type") == "Established" && KubernetesObject.GetString(condition, "status") == "True");

    private async Task ApplyNamespaceAsync(string name, CancellationToken cancellationToken)
    {
        var json = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = name } };
        await _client.ApplyAsync(BuiltInKinds.Namespace, new KubernetesObject(json), AsSandbox, cancellationToken);
    }
}
