namespace GitOps.Sandbox.Cel.Syntax;

/// <summary>The expression cannot be read; it never leaves the compilation.</summary>
internal sealed class CelSyntaxException(int position, string message) : Exception(message)
{
    public int Position { get; } = position;
}
