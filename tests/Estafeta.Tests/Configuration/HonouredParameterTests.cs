using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Configuration.Catalogue;
using Estafeta.Tests.Architecture;

namespace Estafeta.Tests.Configuration;

/// <summary>
/// A parameter that is declared but that no part of the system reads carries that flag, so that nothing set in main.cf is silently ignored:
/// <c>estafeta check</c> and the daemons say so. The list is worked out from the source and checked in.
/// </summary>
public class HonouredParameterTests
{
    private const string File = "src/Estafeta.Configuration/Catalogue/NotYetHonoured.g.cs";
    private const string UpdateVariable = "ESTAFETA_UPDATE_HONOURED";

    // What these say is read by administrators, installers and scripts, through postconf.
    private static readonly string[] ForPeople =
    [
        "html_directory", "mail_release_date", "mail_version", "mailq_path", "manpage_directory", "meta_directory", "newaliases_path", "openssl_path", "readme_directory",
        "sample_directory", "sendmail_path", "shlib_directory",
    ];

    // These name parameters to talk about them, not to act on them.
    private static readonly string[] Talkers =
        ["src/Estafeta.Configuration/Catalogue/", "src/Estafeta.Configuration/Usage/", "src/Estafeta.Commands/Postconf/", "src/Estafeta.Commands/Check/"];

    [Fact]
    public void List_IsWhatTheSourceSays()
    {
        var expected = NotHonoured();
        var path = Path.Combine(Repository.Root, File);
        if (Environment.GetEnvironmentVariable(UpdateVariable) is { Length: > 0 })
        {
            System.IO.File.WriteAllText(path, Text(expected));
            return;
        }

        var listed = NotYetHonoured.Names.Order(StringComparer.Ordinal).ToList();
        Assert.True(
            listed.SequenceEqual(expected),
            $"{File} is out of date. Run: ./check --update-honoured\n"
            + $"now read: {string.Join(' ', listed.Except(expected))}\nno longer read: {string.Join(' ', expected.Except(listed))}");
    }

    private static List<string> NotHonoured()
    {
        var read = ReadProperties();
        var honoured = typeof(Parameters).GetFields().Where(f => read.Contains(f.Name)).Select(f => f.GetValue(null)).OfType<Parameter>().ToHashSet();
        honoured.UnionWith(Parameters.All.Where(p => p.IsComputed || ForPeople.Contains(p.Name)));
        for (var before = 0; before < honoured.Count;)
        {
            before = honoured.Count;
            honoured.UnionWith(Parameters.All.Where(p => IsInstance(p, honoured) || IsReferred(p, honoured)).ToList());
        }

        return [.. Parameters.All.Except(honoured).Select(p => p.Name).Order(StringComparer.Ordinal)];
    }

    // smtp_destination_recipient_limit is <transport>_destination_recipient_limit.
    private static bool IsInstance(Parameter parameter, HashSet<Parameter> honoured) =>
        !parameter.IsBuiltin && honoured.OfType<TransportParameter>().Any(t => parameter.Name.EndsWith(t.NameFor(""), StringComparison.Ordinal));

    // stress, compatibility_level and virtual_maps are read through the defaults of others.
    private static bool IsReferred(Parameter parameter, HashSet<Parameter> honoured) =>
        honoured.Any(p => p.Default.Contains(parameter.Name, StringComparison.Ordinal) && Regex.IsMatch(p.Default, $@"\$[{{(]?{Regex.Escape(parameter.Name)}\b"));

    private static HashSet<string> ReadProperties()
    {
        var use = new Regex(@"\b(?:Parameters|Names)\s*\.\s*(\w+)"); // Names: what a class calls the catalogue that has parameters of its own
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(Repository.Root, file);
            if (relative.Contains("/obj/", StringComparison.Ordinal) || Talkers.Any(t => relative.StartsWith(t, StringComparison.Ordinal)))
            {
                continue;
            }

            names.UnionWith(use.Matches(System.IO.File.ReadAllText(file)).Select(m => m.Groups[1].Value));
        }

        return names;
    }

    private static string Text(List<string> names)
    {
        var text = new StringBuilder("""
            // Written by ./check --update-honoured: parameters that are declared and that nothing reads yet.
            namespace Estafeta.Configuration.Catalogue;

            /// <summary>The parameters that a configuration may set, and that Estafeta does not act on yet.</summary>
            public static class NotYetHonoured
            {
                public static IReadOnlySet<string> Names { get; } = new HashSet<string>(StringComparer.Ordinal)
                {

            """);
        names.ForEach(name => text.Append(System.Globalization.CultureInfo.InvariantCulture, $"        \"{name}\",\n"));
        return text.Append("    };\n}\n").ToString();
    }
}
