using Estafeta.Configuration.Files;
using Estafeta.Configuration.Lists;

namespace Estafeta.Configuration.MasterCf;

/// <summary>The one form in which arguments of master.cf are shown and written.</summary>
internal static class ServiceArguments
{
    private const string File = "master.cf";

    public static IReadOnlyList<string> Normalize(IReadOnlyList<string> words, Action<string> warn)
    {
        var arguments = new List<string>(words.Count);
        var inOptions = true;
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            inOptions = inOptions && word is ['-', ..] and not "--";
            if (inOptions && word.StartsWith("-o", StringComparison.Ordinal) && (word.Length > 2 || i + 1 < words.Count))
            {
                arguments.Add("-o");
                arguments.Add(word.Length > 2 ? word[2..] : Setting(words[++i], warn));
                continue;
            }

            arguments.Add(word.StartsWith('{') ? Unbrace(word, warn) : word);
        }

        return arguments;
    }

    private static string Setting(string word, Action<string> warn)
    {
        if (!word.StartsWith('{'))
        {
            return word;
        }

        var inside = Unbrace(word, warn);
        if (NameValue.TrySplit(inside, out var name, out var value, out var problem))
        {
            return $"{name}={value}";
        }

        warn($"{File}: {problem}: \"{inside}\"");
        return inside;
    }

    private static string Unbrace(string word, Action<string> warn)
    {
        if (WordList.Unbrace(word, out var inside) is { } problem)
        {
            warn($"{File}: {problem}");
        }

        return inside.ToString();
    }
}
