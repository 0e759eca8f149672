using System.Security.Cryptography;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Inventories;

/// <summary>
/// The key under which hashes in inventories are made, in a Secret of the operator's namespace: whoever reads an inventory
/// cannot try out what short secret gives a hash. If it is lost, a new one is made, and every object is compared once.
/// </summary>
internal static class HashKeyStore
{
    public const string SecretName = "gitops-operator-hash-key";

    private const string DataKey = "key";
    private const int KeyBytes = 32;
    private static readonly ApiResource Secret = ApiResource.Of("v1", "Secret", "secrets", namespaced: true);

    /// <summary>Reads the key, or makes one.</summary>
    /// <exception cref="ApiException">The Secret can neither be read nor written.</exception>
    public static async Task<byte[]> LoadAsync(IKubernetesClient client, string @namespace, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var found = await client.GetAsync(Secret, @namespace, SecretName, cancellationToken);
            if (Read(found) is { } key)
            {
                return key;
            }

            try
            {
                return await CreateAsync(client, @namespace, found, cancellationToken);
            }
            catch (ApiException refusal) when ((refusal.IsAlreadyExists || refusal.IsConflict) && attempt < 3)
            {
                // Somebody else made it in between: theirs counts.
            }
        }
    }

    /// <summary>Names a key without telling it.</summary>
    public static string IdOf(byte[] key) => Convert.ToHexStringLower(SHA256.HashData(key))[..12];

    private static byte[]? Read(KubernetesObject? secret)
    {
        if (KubernetesObject.GetString(secret?.Json["data"] as JsonObject, DataKey) is not { } text)
        {
            return null;
        }

        var key = new byte[text.Length];
        return Convert.TryFromBase64String(text, key, out var length) && length >= KeyBytes ? key[..KeyBytes] : null;
    }

    private static async Task<byte[]> CreateAsync(
        IKubernetesClient client, string @namespace, KubernetesObject? unusable, CancellationToken cancellationToken)
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        var secret = new KubernetesObject(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject
            {
                ["namespace"] = @namespace,
                ["name"] = SecretName,
                ["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = Names.FieldManager },
            },
            ["type"] = "Opaque",
            ["data"] = new JsonObject { [DataKey] = Convert.ToBase64String(key) },
        });
        var options = new WriteOptions(Names.StatusFieldManager);
        if (unusable is not null)
        {
            secret.Metadata!["resourceVersion"] = unusable.ResourceVersion;
            await client.ReplaceAsync(Secret, secret, options, cancellationToken);
            return key;
        }

        try
        {
            await client.CreateAsync(Secret, secret, options, cancellationToken);
        }
        catch (ApiException refusal) when (refusal.IsNotFound)
        {
            var home = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Namespace",
                ["metadata"] = new JsonObject { ["name"] = @namespace },
            };
            await client.CreateAsync(BuiltInKinds.Namespace, new KubernetesObject(home), options, cancellationToken);
            await client.CreateAsync(Secret, secret, options, cancellationToken);
        }

        return key;
    }
}
