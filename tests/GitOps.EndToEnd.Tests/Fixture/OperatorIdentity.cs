using System.Globalization;
using System.Text;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>
/// The service account that the chart installs, with exactly the rights that the chart gives it. With <c>GITOPS_TEST_IDENTITY</c>
/// set to <c>chart</c>, the operators of all tests run as it; else as the administrator, but where a test asks for it.
/// </summary>
internal sealed class OperatorIdentity
{
    public const string Variable = "GITOPS_TEST_IDENTITY";
    public const string Account = "gitops-operator";

    private static readonly string[] OfRights = ["ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"];

    public static readonly ApiResource ClusterRoles = ApiResource.Of("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", namespaced: false);

    private static readonly ApiResource ClusterRoleBindings =
        ApiResource.Of("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", namespaced: false);

    private OperatorIdentity(ClusterConfig config, string user, string token) => (Config, User, Token) = (config, user, token);

    /// <summary>Whether all operators of this run are the chart's account.</summary>
    public static bool IsAsked => Environment.GetEnvironmentVariable(Variable) == "chart";

    /// <summary>How the operator reaches the cluster.</summary>
    public ClusterConfig Config { get; }

    /// <summary>Its user name.</summary>
    public string User { get; }

    private string Token { get; }

    /// <summary>Installs the account and its rights into a namespace, which exists.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="namespace">The operator's own.</param>
    /// <param name="values">Of the chart, as <c>--set</c> takes them.</param>
    public static async Task<OperatorIdentity> InstallAsync(Cluster cluster, string @namespace, params string[] values)
    {
        foreach (var item in (await Chart.RenderAsync(Account, @namespace, values)).Where(static item => OfRights.Contains(item.Kind, StringComparer.Ordinal)))
        {
            await cluster.ApplyAsync(Resource(item.Kind), item, "chart");
        }

        var answer = await cluster.Client.CreateAsync(Kinds.ServiceAccount, KubernetesObject.Parse($$"""
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": {"namespace": "{{@namespace}}", "name": "{{Account}}"},
             "spec": {"expirationSeconds": 7200} }
            """), new WriteOptions(Subresource: "token"), TestContext.Current.CancellationToken);
        var token = answer.Object.At("status", "token")!.GetValue<string>();
        var user = $"system:serviceaccount:{@namespace}:{Account}";
        cluster.Sandbox?.Permissions.Follow(user);
        return new(cluster.Config with { Credentials = new() { Token = token } }, user, token);
    }

    /// <summary>Takes away what is not in a namespace.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="part">Of the names.</param>
    public static async Task RemoveAsync(Cluster cluster, string part)
    {
        foreach (var resource in (ApiResource[])[ClusterRoles, ClusterRoleBindings])
        {
            foreach (var item in (await cluster.ListAsync(resource, string.Empty)).Where(item => item.Name.Contains(part, StringComparison.Ordinal)))
            {
                await cluster.DeleteAsync(resource, string.Empty, item.Name);
            }
        }
    }

    /// <summary>A kubeconfig for another process.</summary>
    public void WriteKubeconfig(string path) => File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $$"""
        apiVersion: v1
        kind: Config
        current-context: chart
        contexts:
        - name: chart
          context: {cluster: chart, user: operator}
        clusters:
        - name: chart
          cluster:
            server: "{{Config.Server.GetLeftPart(UriPartial.Authority)}}"
            certificate-authority-data: {{Convert.ToBase64String(Config.CertificateAuthority?.Read() ?? Encoding.UTF8.GetBytes(string.Empty))}}
        users:
        - name: operator
          user: {token: "{{Token}}"}

        """));

    private static ApiResource Resource(string kind) => kind switch
    {
        "ServiceAccount" => Kinds.ServiceAccount,
        "Role" => Kinds.Role,
        "RoleBinding" => Kinds.RoleBinding,
        "ClusterRole" => ClusterRoles,
        _ => ClusterRoleBindings,
    };
}
