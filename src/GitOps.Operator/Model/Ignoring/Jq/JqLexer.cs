using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOps.Operator.Model.Ignoring.Jq;

/// <summary>Cuts an expression into tokens.</summary>
internal static class JqLexer
{
    private static readonly string[] Marks = ["..", "==", "!=", "<=", ">=", "//", "|=", ".", "[", "]", "(", ")", "|", ",", ":", ";", "?", "<", ">", "-"];

    /// <exception cref="JqSyntaxException">There is something that no supported expression has.</exception>
    public static ImmutableArray<JqToken> Read(string text)
    {
        var tokens = ImmutableArray.CreateBuilder<JqToken>();
        var position = 0;
        while (position < text.Length)
        {
            if (char.IsWhiteSpace(text[position]))
            {
                position++;
                continue;
            }

            var token = Next(text, position, out position);
            tokens.Add(token);
        }

        tokens.Add(new(JqTokenKind.End, string.Empty, text.Length + 1));
        return tokens.DrainToImmutable();
    }

    private static JqToken Next(string text, int start, out int end)
    {
        var first = text[start];
        var column = start + 1;
        if (first == '.' && start + 1 < text.Length && IsNameStart(text[start + 1]))
        {
            end = EndOf(text, start + 1, IsName);
            return new(JqTokenKind.Field, text[(start + 1)..end], column);
        }

        if (IsNameStart(first))
        {
            end = EndOf(text, start, IsName);
            return new(JqTokenKind.Word, text[start..end], column);
        }

        if (char.IsAsciiDigit(first))
        {
            end = EndOf(text, start, static letter => char.IsAsciiDigit(letter) || letter == '.');
            return new(JqTokenKind.Number, text[start..end], column);
        }

        if (first == '"')
        {
            return Quoted(text, start, out end);
        }

        foreach (var mark in Marks)
        {
            if (string.CompareOrdinal(text, start, mark, 0, mark.Length) == 0)
            {
                end = start + mark.Length;
                return new(JqTokenKind.Mark, mark, column);
            }
        }

        throw new JqSyntaxException(column, first switch
        {
            '$' => $"'{text[start..EndOf(text, start + 1, IsName)]}': variables are not supported",
            '@' => $"'{text[start..EndOf(text, start + 1, IsName)]}': formats are not supported",
            '{' => "'{': objects are not built in a path",
            '\'' => "''': a string is quoted by \"",
            _ => $"'{first}' is not supported",
        });
    }

    private static JqToken Quoted(string text, int start, out int end)
    {
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
                if (i < text.Length && text[i] == '(')
                {
                    throw new JqSyntaxException(i, "'\\(': values inside of a string are not supported");
                }
            }
            else if (text[i] == '"')
            {
                end = i + 1;
                return new(JqTokenKind.Text, Unquoted(text[start..end], start + 1), start + 1);
            }
        }

        throw new JqSyntaxException(start + 1, "this string has no end");
    }

    private static string Unquoted(string quoted, int column)
    {
        try
        {
            return JsonNode.Parse(quoted)!.GetValue<string>();
        }
        catch (JsonException)
        {
            throw new JqSyntaxException(column, $"{quoted} is no string of JSON");
        }
    }

    private static int EndOf(string text, int start, Func<char, bool> isPart)
    {
        var end = start;
        while (end < text.Length && isPart(text[end]))
        {
            end++;
        }

        return end;
    }

    private static bool IsNameStart(char letter) => char.IsAsciiLetter(letter) || letter == '_';

    private static bool IsName(char letter) => char.IsAsciiLetterOrDigit(letter) || letter == '_';
}
