using System.Text.Json.Nodes;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers;

/// <summary>Gives every namespace the account that its pods run as, and the certificate that they trust.</summary>
internal sealed class NamespaceContent : IController
{
    private const string AccountName = "default";
    private const string BundleName = "kube-root-ca.crt";
    private const string CertificateKey = "ca.crt";
    private const string Description =
        "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or "
        + "kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

    private readonly ClusterView _view;
    private readonly ControllerClient _accounts;
    private readonly ControllerClient _bundles;
    private readonly string _certificate;

    public NamespaceContent(ClusterView view, string certificate)
    {
        (_view, _certificate) = (view, certificate);
        _accounts = ControllerClient.Of(view, "service-account-controller");
        _bundles = ControllerClient.Of(view, "root-ca-cert-publisher");
    }

    public IEnumerable<WorkKey> Concerns(GroupResource resource, Change change)
    {
        var after = change.After!;
        if (resource == Kinds.Namespaces)
        {
            return [WorkKey.Of(resource, after)];
        }

        var isOurs = (resource == Kinds.ServiceAccounts && after.Name == AccountName) || (resource == Kinds.ConfigMaps && after.Name == BundleName);
        return isOurs ? [new(Kinds.Namespaces, string.Empty, after.Namespace)] : [];
    }

    public async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (_view.Find(key) is not { IsTerminating: false })
        {
            return null;
        }

        if (_view.Find(new(Kinds.ServiceAccounts, key.Name, AccountName)) is null)
        {
            await _accounts.CreateAsync(Kinds.ServiceAccounts, key.Name, new()
            {
                ["metadata"] = new JsonObject { ["name"] = AccountName, ["namespace"] = key.Name },
            });
        }

        var bundle = new WorkKey(Kinds.ConfigMaps, key.Name, BundleName);
        if (_view.Read(bundle) is not { } present)
        {
            await _bundles.CreateAsync(Kinds.ConfigMaps, key.Name, Bundle(key.Name));
        }
        else if (present.Text("data", CertificateKey) != _certificate)
        {
            present.Json["data"] = new JsonObject { [CertificateKey] = _certificate };
            await _bundles.UpdateAsync(Kinds.ConfigMaps, present);
        }

        return null;
    }

    private JsonObject Bundle(string @namespace) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = BundleName,
            ["namespace"] = @namespace,
            ["annotations"] = new JsonObject { ["kubernetes.io/description"] = Description },
        },
        ["data"] = new JsonObject { [CertificateKey] = _certificate },
    };
}
