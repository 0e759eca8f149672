using System.Security.Cryptography;
using System.Text;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Api;

/// <summary>What tells an Application's objects from all others: the label for selecting, the tracking id for proof.</summary>
internal static class Marks
{
    private const int MaxLabelLength = 63;
    private const int HashLength = 10;

    /// <summary><c>NAMESPACE.NAME</c>; past 63 characters its beginning and a hash of the whole.</summary>
    public static string LabelValue(NamespacedName application)
    {
        var full = $"{application.Namespace}.{application.Name}";
        if (full.Length <= MaxLabelLength)
        {
            return full;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(full)))[..HashLength];
        return $"{full[..(MaxLabelLength - HashLength - 1)]}-{hash}";
    }

    /// <summary><c>group/Kind:objectNamespace/objectName</c> behind <c>namespace/name:</c> of the Application.</summary>
    public static string TrackingId(NamespacedName application, ObjectKey key) =>
        $"{application.Namespace}/{application.Name}:{key.Group}/{key.Kind}:{key.Namespace}/{key.Name}";

    /// <summary>The Application and the object that a tracking id names; false for text of another form.</summary>
    public static bool TryParseTrackingId(string? text, out NamespacedName application, out ObjectKey key)
    {
        application = default;
        key = default;
        // Names may hold colons (RBAC: system:node-proxier): only the first two separate.
        var parts = text?.Split(':', 3);
        if (parts is not { Length: 3 } || !TrySplit(parts[0], out var owner) || !TrySplit(parts[1], out var type)
            || !TrySplit(parts[2], out var name))
        {
            return false;
        }

        application = new(owner.Left, owner.Right);
        key = new(type.Left, type.Right, name.Left, name.Right);
        return application.Namespace.Length > 0;
    }

    /// <summary>The Application that an object says it belongs to; null without a tracking id that names this very object.</summary>
    public static NamespacedName? Owner(KubernetesObject found) =>
        TryParseTrackingId(found.Annotation(Names.TrackingIdAnnotation), out var application, out var key) && key == found.Key
            ? application
            : null;

    private static bool TrySplit(string text, out (string Left, string Right) parts)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        parts = slash < 0 ? default : (text[..slash], text[(slash + 1)..]);
        return slash >= 0 && parts.Right.Length > 0;
    }
}
