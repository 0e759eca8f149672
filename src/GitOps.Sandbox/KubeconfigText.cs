using System.Globalization;
using System.Text;

namespace GitOps.Sandbox;

/// <summary>Writes kubeconfigs.</summary>
internal static class KubeconfigText
{
    /// <summary>One cluster, one user.</summary>
    /// <param name="url">The server's.</param>
    /// <param name="caPem">The authority to trust.</param>
    /// <param name="user">What the user is called in the file.</param>
    /// <param name="credentials">The user's, as YAML on one line.</param>
    public static string Write(Uri url, string caPem, string user, string credentials) => string.Create(CultureInfo.InvariantCulture, $$"""
        apiVersion: v1
        kind: Config
        current-context: sandbox
        contexts:
        - name: sandbox
          context: {cluster: sandbox, user: {{Quote(user)}}}
        clusters:
        - name: sandbox
          cluster:
            server: "{{url.GetLeftPart(UriPartial.Authority)}}"
            certificate-authority-data: {{Encode(caPem)}}
        users:
        - name: {{Quote(user)}}
          user: {{credentials}}

        """);

    /// <summary>Credentials that are a certificate.</summary>
    public static string Certificate(string certificatePem, string keyPem) =>
        $"{{client-certificate-data: {Encode(certificatePem)}, client-key-data: {Encode(keyPem)}}}";

    /// <summary>As JSON, which YAML understands.</summary>
    private static string Quote(string text) => $"\"{System.Text.Json.JsonEncodedText.Encode(text)}\"";

    private static string Encode(string pem) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pem));
}
