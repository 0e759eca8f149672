namespace GitOps.Sandbox.Tables;

/// <summary>Volumes, their claims and classes, and their drivers.</summary>
internal static class StorageTables
{
    private const string Unset = "<unset>";

    private static readonly (string Mode, string Short)[] AccessModes =
    [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];

    public static KindTable PersistentVolume { get; } = new(
        "Name!, Capacity, Access Modes, Reclaim Policy, Status, Claim, StorageClass, VolumeAttributesClass, Reason, Age, VolumeMode?",
        static row =>
        [
            row.Name,
            row.AnyOr("0", "spec", "capacity", "storage"),
            Modes(row.Texts("spec", "accessModes")),
            row.Text("spec", "persistentVolumeReclaimPolicy"),
            row.IsTerminating ? "Terminating" : row.Text("status", "phase"),
            row.Has("spec", "claimRef") ? $"{row.Text("spec", "claimRef", "namespace")}/{row.Text("spec", "claimRef", "name")}" : string.Empty,
            Class(row),
            row.TextOr(Unset, "spec", "volumeAttributesClassName"),
            row.Text("status", "reason"),
            row.Age,
            row.TextOr(Unset, "spec", "volumeMode"),
        ]);

    public static KindTable PersistentVolumeClaim { get; } = new(
        "Name!, Status, Volume, Capacity, Access Modes, StorageClass, VolumeAttributesClass, Age, VolumeMode?", static row =>
        {
            var isBound = row.Text("spec", "volumeName").Length > 0;
            return
            [
                row.Name,
                row.IsTerminating ? "Terminating" : row.Text("status", "phase"),
                row.Text("spec", "volumeName"),
                isBound ? row.AnyOr("0", "status", "capacity", "storage") : string.Empty,
                isBound ? Modes(row.Texts("status", "accessModes")) : string.Empty,
                Class(row),
                row.TextOr(Unset, "spec", "volumeAttributesClassName"),
                row.Age,
                row.TextOr(Unset, "spec", "volumeMode"),
            ];
        });

    public static KindTable StorageClass { get; } = new(
        "Name!, Provisioner, ReclaimPolicy, VolumeBindingMode, AllowVolumeExpansion, Age", static row =>
        [
            row.Name + (IsDefault(row) ? " (default)" : string.Empty),
            row.Text("provisioner"),
            row.TextOr("Delete", "reclaimPolicy"),
            row.TextOr("Immediate", "volumeBindingMode"),
            row.Flag("allowVolumeExpansion"),
            row.Age,
        ]);

    public static KindTable VolumeAttributesClass { get; } = new("Name!, DriverName, Age", static row =>
        [row.Name, row.Text("driverName"), row.Age]);

    public static KindTable VolumeAttachment { get; } = new("Name!, Attacher!, PV, Node, Attached:boolean, Age", static row =>
    [
        row.Name, row.Text("spec", "attacher"), row.Text("spec", "source", "persistentVolumeName"), row.Text("spec", "nodeName"),
        row.Flag("status", "attached"), row.Age,
    ]);

    public static KindTable Driver { get; } = new(
        "Name!, AttachRequired:boolean, PodInfoOnMount:boolean, StorageCapacity:boolean, TokenRequests, RequiresRepublish:boolean, Modes, Age",
        static row =>
        [
            row.Name,
            !row.Has("spec", "attachRequired") || row.Flag("spec", "attachRequired"),
            row.Flag("spec", "podInfoOnMount"),
            row.Flag("spec", "storageCapacity"),
            row.Has("spec", "tokenRequests")
                ? string.Join(',', row.Items("spec", "tokenRequests").Select(static request => request.Text("audience")))
                : Unset,
            row.Flag("spec", "requiresRepublish"),
            row.Count("spec", "volumeLifecycleModes") > 0 ? string.Join(',', row.Texts("spec", "volumeLifecycleModes")) : "<none>",
            row.Age,
        ]);

    public static KindTable DriverNode { get; } = new("Name!, Drivers:integer, Age", static row =>
        [row.Name, row.Count("spec", "drivers"), row.Age]);

    private static string Modes(IReadOnlyList<string> modes) =>
        string.Join(',', AccessModes.Where(known => modes.Contains(known.Mode, StringComparer.Ordinal)).Select(static known => known.Short));

    private static string Class(TableSource row) =>
        row.TextOr(row.Text("spec", "storageClassName"), "metadata", "annotations", "volume.beta.kubernetes.io/storage-class");

    private static bool IsDefault(TableSource row) =>
        row.Text("metadata", "annotations", "storageclass.kubernetes.io/is-default-class") == "true"
        || row.Text("metadata", "annotations", "storageclass.beta.kubernetes.io/is-default-class") == "true";
}
