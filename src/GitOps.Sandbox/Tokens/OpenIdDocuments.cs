using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Http;

namespace GitOps.Sandbox.Tokens;

/// <summary>What others need to check the tokens of service accounts by themselves.</summary>
internal static class OpenIdDocuments
{
    private const string Configuration = "/.well-known/openid-configuration";
    private const string Keys = "/openid/v1/jwks";
    private const string KeySetType = "application/jwk-set+json";
    private const string Caching = "public, max-age=3600";

    /// <returns>False: there is no such path.</returns>
    public static async Task<bool> TryAnswerAsync(ApiContext context, ServiceAccountTokens tokens)
    {
        var path = context.Http.Request.Path.Value;
        if (path is not (Configuration or Keys))
        {
            return false;
        }

        if (context.Http.Request.Method is not ("GET" or "HEAD"))
        {
            throw ApiError.MethodNotAllowed();
        }

        if (path == Keys)
        {
            CheckAccepted(context.Http.Request.Headers.Accept.ToString());
        }

        context.CacheControl = Caching;
        await (path == Keys
            ? context.AnswerAsync(200, KubernetesJson.ToUtf8(tokens.KeySet()), KeySetType)
            : context.AnswerAsync(200, Describe(context)));

        return true;
    }

    private static JsonObject Describe(ApiContext context) => new()
    {
        ["issuer"] = ServiceAccountTokens.Issuer,
        ["jwks_uri"] = $"https://{context.Http.Request.Host.Value}{Keys}",
        ["response_types_supported"] = new JsonArray("id_token"),
        ["subject_types_supported"] = new JsonArray("public"),
        ["id_token_signing_alg_values_supported"] = new JsonArray(TokenSigner.Algorithm),
    };

    private static void CheckAccepted(string accept)
    {
        var isAccepted = accept.Length == 0 || accept.Split(',').Any(static item =>
            item.Split(';')[0].Trim() is KeySetType or "application/*" or "*/*");
        if (!isAccepted)
        {
            throw new ApiError(406, "NotAcceptable", $"406: Not Acceptable\n\nAvailable representations: {KeySetType}", []);
        }
    }
}
