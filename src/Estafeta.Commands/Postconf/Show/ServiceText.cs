using System.Buffers;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Commands.Postconf.Show;

/// <summary>A master.cf entry in postconf's layout: aligned columns; when folding, each <c>-o name=value</c> on a line of its own.</summary>
internal sealed class ServiceText(ConfigurationWriter output)
{
    // Where each column starts when those before it are not too wide.
    private static readonly int[] Columns = [0, 11, 17, 25, 33, 41, 49, 57];

    private static readonly SearchValues<char> Blanks = SearchValues.Create(" \t\r\n\v\f");

    /// <summary>The arguments as words of a command line, braces where they are needed.</summary>
    public static IEnumerable<string> Arguments(ServiceLine line, Func<string, string> value)
    {
        var end = line.OptionCount;
        for (var i = 0; i < line.Arguments.Count; i++)
        {
            if (i < end && line.IsOverride(i))
            {
                yield return line.Arguments[i];
                yield return Braced(value(line.Arguments[++i]));
            }
            else
            {
                // Options and the argument that ends them stand as they are: Postfix's own habit.
                yield return i <= end ? line.Arguments[i] : Braced(line.Arguments[i]);
            }
        }
    }

    public void Write(ServiceLine line, Func<string, string> value)
    {
        for (var i = 0; i < Columns.Length; i++)
        {
            if (i > 0)
            {
                output.Write(new string(' ', Math.Max(1, Columns[i] - output.Column)));
            }

            output.Write(line.Fields[i]);
        }

        WriteArguments(line, value);
        output.EndLine();
    }

    public void WriteArguments(ServiceLine line, Func<string, string> value)
    {
        var end = line.OptionCount;
        var afterOverride = false;
        var index = 0;
        using var words = Arguments(line, value).GetEnumerator();
        while (words.MoveNext())
        {
            var word = words.Current;
            var isOverride = index < end && line.IsOverride(index);
            if (isOverride && words.MoveNext())
            {
                word += " " + words.Current;
            }

            if (output.Folds && (isOverride || afterOverride || IsTooLong(word)))
            {
                output.NewLine();
            }
            else if (!output.Folds || output.Column != ConfigurationWriter.Indent.Length)
            {
                output.Write(" ");
            }

            output.Write(word);

            index += isOverride ? 2 : 1;
            afterOverride = isOverride;
        }
    }

    // One column less than for main.cf, and braces of the word do not count: so it is with Postfix.
    private bool IsTooLong(string word) =>
        output.Column + 1 + word.Length - (word.StartsWith('{') && word.AsSpan().ContainsAny(Blanks) ? 2 : 0) >= ConfigurationWriter.LineLimit;

    private static string Braced(string word) => word.AsSpan().IndexOfAny(Blanks) < 0 ? word : $"{{{word}}}";
}
