using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers.Storage;

/// <summary>Claims get a volume, made for them or the one they name, and are let go when no pod uses them.</summary>
internal sealed class ClaimController : IController
{
    private const string Protection = "kubernetes.io/pvc-protection";

    private readonly ClusterView _view;
    private readonly ControllerClient _binder;
    private readonly ControllerClient _protector;

    public ClaimController(ClusterView view)
    {
        _view = view;
        _binder = ControllerClient.Of(view, "persistent-volume-binder");
        _protector = ControllerClient.Of(view, "pvc-protection-controller");
    }

    public IEnumerable<WorkKey> Concerns(GroupResource resource, Change change)
    {
        if (resource == Kinds.Claims)
        {
            return [WorkKey.Of(resource, change.After!)];
        }

        // Only a pod that is over, or gone, can free a claim.
        return resource == Kinds.Pods
            ? _view.List(Kinds.Claims, change.After!.Namespace).Where(static claim => claim.IsTerminating).Select(static claim => WorkKey.Of(Kinds.Claims, claim))
            : [];
    }

    public async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (_view.Read(key) is not { } claim)
        {
            return null;
        }

        if (claim.IsTerminating)
        {
            if (claim.Finalizers.Contains(Protection, StringComparer.Ordinal) && !IsUsed(claim))
            {
                await _protector.PatchAsync(key, static subject => VolumeRules.RemoveFinalizer(subject, Protection));
            }
        }
        else if (claim.Text("status", "phase") != "Bound")
        {
            await BindAsync(key, claim);
        }

        return null;
    }

    private async Task BindAsync(WorkKey key, KubernetesObject claim)
    {
        var name = claim.Text("spec", "volumeName") is { Length: > 0 } named ? named : $"pvc-{claim.Uid}";
        var volumeKey = new WorkKey(Kinds.Volumes, string.Empty, name);
        if (_view.Read(volumeKey) is not { } volume)
        {
            if (claim.Text("spec", "volumeName").Length > 0 && claim.Text("spec", "volumeName") != $"pvc-{claim.Uid}")
            {
                return;
            }

            await _binder.CreateAsync(Kinds.Volumes, string.Empty, VolumeRules.VolumeFor(claim));
            volume = _view.Read(volumeKey)!;
        }

        if (volume.Text("spec", "claimRef", "uid") != claim.Uid)
        {
            if (volume.Part("spec", "claimRef") is { } other && Fields.Text(other, "uid").Length > 0)
            {
                return;
            }

            await _binder.PatchAsync(volumeKey, subject => Fields.Child(subject.Json, "spec")["claimRef"] = VolumeRules.ReferenceTo(claim));
        }

        await _binder.PatchAsync(key, subject =>
        {
            Fields.Child(subject.Json, "spec")["volumeName"] = name;
            var annotations = Fields.Child(Fields.Metadata(subject.Json), "annotations");
            (annotations["pv.kubernetes.io/bind-completed"], annotations["pv.kubernetes.io/bound-by-controller"]) = ("yes", "yes");
        });
        await _binder.PatchAsync(key, subject => subject.Json["status"] = new JsonObject
        {
            ["phase"] = "Bound",
            ["accessModes"] = subject.At("spec", "accessModes")?.DeepClone(),
            ["capacity"] = volume.At("spec", "capacity")?.DeepClone(),
        }, "status");
    }

    private bool IsUsed(KubernetesObject claim) => _view.List(Kinds.Pods, claim.Namespace).Any(pod =>
        !_view.Facts(pod).IsOver && Fields.Items(_view.Read(Kinds.Pods, pod)!.At("spec", "volumes"))
            .Any(volume => Fields.Text(volume["persistentVolumeClaim"] as JsonObject, "claimName") == claim.Name));
}

/// <summary>Volumes say whether they are bound; one whose claim is gone is deleted, or kept, as it says itself.</summary>
internal sealed class VolumeController : IController
{
    private const string Protection = "kubernetes.io/pv-protection";

    private readonly ClusterView _view;
    private readonly ControllerClient _client;

    public VolumeController(ClusterView view) => (_view, _client) = (view, ControllerClient.Of(view, "persistent-volume-binder"));

    public IEnumerable<WorkKey> Concerns(GroupResource resource, Change change)
    {
        if (resource == Kinds.Volumes)
        {
            return [WorkKey.Of(resource, change.After!)];
        }

        return resource == Kinds.Claims && _view.Read(resource, change.After!)?.Text("spec", "volumeName") is { Length: > 0 } name
            ? [new(Kinds.Volumes, string.Empty, name)]
            : [];
    }

    public async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (_view.Find(key) is not { } stored || _view.Read(Kinds.Volumes, stored) is not { } volume)
        {
            return null;
        }

        var wanted = volume.Text("spec", "claimRef", "uid");
        var claim = new WorkKey(Kinds.Claims, volume.Text("spec", "claimRef", "namespace"), volume.Text("spec", "claimRef", "name"));
        var isBound = wanted.Length > 0 && _view.Find(claim)?.Uid == wanted;
        if (volume.IsTerminating)
        {
            if (!isBound && volume.Finalizers.Contains(Protection, StringComparer.Ordinal))
            {
                await _client.PatchAsync(key, static subject => VolumeRules.RemoveFinalizer(subject, Protection));
            }

            return null;
        }

        if (wanted.Length > 0 && !isBound && volume.Text("spec", "persistentVolumeReclaimPolicy") == "Delete")
        {
            await _client.DeleteAsync(Kinds.Volumes, stored);
            return null;
        }

        var phase = isBound ? "Bound" : wanted.Length > 0 ? "Released" : "Available";
        if (volume.Text("status", "phase") != phase)
        {
            Fields.Child(volume.Json, "status")["phase"] = phase;
            await _client.UpdateStatusAsync(Kinds.Volumes, volume);
        }

        return null;
    }
}

/// <summary>What volumes and claims say of each other. Pure.</summary>
internal static class VolumeRules
{
    public static JsonObject VolumeFor(KubernetesObject claim)
    {
        var spec = new JsonObject
        {
            ["capacity"] = new JsonObject { ["storage"] = claim.Text("spec", "resources", "requests", "storage") },
            ["accessModes"] = claim.At("spec", "accessModes")?.DeepClone(),
            ["claimRef"] = ReferenceTo(claim),
            ["persistentVolumeReclaimPolicy"] = "Delete",
            ["volumeMode"] = claim.At("spec", "volumeMode")?.DeepClone(),
            ["hostPath"] = new JsonObject { ["path"] = $"/sandbox/{claim.Uid}", ["type"] = string.Empty },
        };
        if (claim.Text("spec", "storageClassName") is { Length: > 0 } storageClass)
        {
            spec["storageClassName"] = storageClass;
        }

        return new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = $"pvc-{claim.Uid}",
                ["annotations"] = new JsonObject { ["pv.kubernetes.io/provisioned-by"] = "sandbox.gitops-operator.dev/hostpath" },
            },
            ["spec"] = spec,
        };
    }

    public static JsonObject ReferenceTo(KubernetesObject claim) => new()
    {
        ["apiVersion"] = claim.ApiVersion,
        ["kind"] = claim.Kind,
        ["namespace"] = claim.Namespace,
        ["name"] = claim.Name,
        ["uid"] = claim.Uid,
        ["resourceVersion"] = claim.ResourceVersion,
    };

    public static void RemoveFinalizer(KubernetesObject subject, string finalizer) =>
        Fields.Metadata(subject.Json)["finalizers"] = new JsonArray(
            [.. subject.Finalizers.Where(name => name != finalizer).Select(static name => JsonValue.Create(name))]);
}
