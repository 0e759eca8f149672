namespace GitOps.Manifests.Kustomize.Nodes;

/// <summary>
/// A regular expression over the whole of a text that is made of letters, <c>.</c>, <c>.*</c>, <c>.+</c> and <c>|</c> only, as nearly
/// all selectors are. It is matched as it stands: building an automaton takes longer than a small rendering.
/// </summary>
internal sealed class PlainPattern
{
    /// <summary>What matching may cost for each character of a text.</summary>
    private const int MaxLength = 256;

    private readonly List<List<Step>> _alternatives;

    private PlainPattern(List<List<Step>> alternatives)
    {
        _alternatives = alternatives;
        Literal = alternatives is [var only] && only.TrueForAll(static step => step.Kind == StepKind.Letter)
            ? string.Concat(only.Select(static step => step.Value))
            : null;
    }

    private enum StepKind
    {
        Letter,
        AnyOne,
        AnyNumber,
    }

    /// <summary>The one text that it matches; null where it matches several.</summary>
    public string? Literal { get; }

    /// <summary>How many characters it matches; null where that differs.</summary>
    public int? Length => _alternatives is [var only] && only.TrueForAll(static step => step.Kind != StepKind.AnyNumber) ? only.Count : null;

    /// <returns>Null for what needs a real regular expression.</returns>
    public static PlainPattern? TryParse(string pattern)
    {
        var alternatives = new List<List<Step>> { new() };
        for (var i = 0; i < pattern.Length; i++)
        {
            var steps = alternatives[^1];
            switch (pattern[i])
            {
                case '|':
                    alternatives.Add([]);
                    break;
                case '.' when i + 1 < pattern.Length && pattern[i + 1] is '*' or '+':
                    if (pattern[++i] == '+')
                    {
                        steps.Add(new(StepKind.AnyOne, default));
                    }

                    steps.Add(new(StepKind.AnyNumber, default));
                    break;
                case '.':
                    steps.Add(new(StepKind.AnyOne, default));
                    break;
                case '\\' when i + 1 < pattern.Length && pattern[i + 1] is '.' or '-' or '/':
                    steps.Add(new(StepKind.Letter, pattern[++i]));
                    break;
                case var letter when char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '/' or ':' or '@' or '=' or ',':
                    steps.Add(new(StepKind.Letter, letter));
                    break;
                default:
                    // A quantifier among them: it belongs to what stands before it.
                    return null;
            }
        }

        return pattern.Length <= MaxLength ? new(alternatives) : null;
    }

    public bool IsMatch(ReadOnlySpan<char> text)
    {
        if (Literal is not null)
        {
            return text.SequenceEqual(Literal);
        }

        foreach (var steps in _alternatives)
        {
            if (IsMatch(steps, text))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsMatch(List<Step> steps, ReadOnlySpan<char> text)
    {
        // Where the last step of any number stands, and how far it has reached: on a mismatch it takes one character more.
        var (at, position, star, reached) = (0, 0, -1, 0);
        while (position < text.Length)
        {
            if (at < steps.Count && steps[at].Kind == StepKind.AnyNumber)
            {
                (star, reached) = (at++, position);
            }
            else if (at < steps.Count && steps[at].Fits(text[position]))
            {
                (at, position) = (at + 1, position + 1);
            }
            else if (star >= 0 && text[reached] != '\n')
            {
                (at, position) = (star + 1, ++reached);
            }
            else
            {
                return false;
            }
        }

        while (at < steps.Count && steps[at].Kind == StepKind.AnyNumber)
        {
            at++;
        }

        return at == steps.Count;
    }

    private readonly record struct Step(StepKind Kind, char Value)
    {
        public bool Fits(char letter) => Kind == StepKind.AnyOne ? letter != '\n' : letter == Value;
    }
}
