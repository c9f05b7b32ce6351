using Estafeta.Commands.CommandLine;

namespace Estafeta.Commands.Postconf;

/// <summary>Which options go together. Messages are Postfix's: <c>specify one of -e -X</c>, <c>with option -l, do not specify -x</c>.</summary>
internal static class OptionConflicts
{
    public const PostconfOption Modes = PostconfOption.SaslServers | PostconfOption.SaslClients | PostconfOption.ExpandedTemplates
        | PostconfOption.LockMethods | PostconfOption.TableTypes | PostconfOption.Templates | PostconfOption.Tls | MainAndMaster;

    private const PostconfOption MainAndMaster =
        PostconfOption.Main | PostconfOption.MasterEntries | PostconfOption.MasterFields | PostconfOption.MasterOverrides;

    private const PostconfOption Changes = PostconfOption.Edit | PostconfOption.Remove | PostconfOption.CommentOut;

    private const PostconfOption Names = PostconfOption.HideNames | PostconfOption.HideValues;

    private static readonly PostconfOption[] Exclusive =
    [
        Modes,
        Changes | PostconfOption.Defaults | PostconfOption.OnlySet,
        Changes | PostconfOption.Fold | PostconfOption.Json,
        Changes | PostconfOption.Expand,
        Changes | PostconfOption.Override | PostconfOption.Defaults,
        Changes | Names,
        PostconfOption.Json | PostconfOption.HideNames,
        PostconfOption.Json | PostconfOption.HideValues,
    ];

    private static readonly (PostconfOption Mode, PostconfOption Allowed)[] Allowed =
    [
        (PostconfOption.Main, Changes | Names | PostconfOption.Defaults | PostconfOption.OnlySet | PostconfOption.Fold | PostconfOption.Expand | PostconfOption.Override | PostconfOption.Json),
        (PostconfOption.MasterEntries, Changes | PostconfOption.Fold | PostconfOption.Expand | PostconfOption.Override | PostconfOption.Json),
        (PostconfOption.MasterFields, PostconfOption.Edit | Names | PostconfOption.Fold | PostconfOption.Expand | PostconfOption.Override | PostconfOption.Json),
        (PostconfOption.MasterOverrides, PostconfOption.Edit | PostconfOption.Remove | Names | PostconfOption.Fold | PostconfOption.Expand | PostconfOption.Override | PostconfOption.Json),
    ];

    /// <exception cref="CommandException">Two options exclude each other.</exception>
    public static void Check(PostconfOption options)
    {
        foreach (var group in Exclusive)
        {
            if (int.PopCount((int)(options & group)) > 1)
            {
                throw new CommandException($"specify one of {Letters(options & group)}");
            }
        }

        var mode = options & Modes;
        var allowed = mode;
        foreach (var (other, compatible) in Allowed)
        {
            allowed |= other == mode ? compatible : PostconfOption.None;
        }

        if ((options & ~allowed) is not PostconfOption.None and var excess)
        {
            throw new CommandException($"with option {Letters(mode)}, do not specify {Letters(excess)}");
        }
    }

    private static string Letters(PostconfOption options)
    {
        var letters = new List<string>();
        for (var i = 0; i < PostconfOptions.Order.Length; i++)
        {
            if (options.HasFlag((PostconfOption)(1 << i)))
            {
                letters.Add($"-{PostconfOptions.Order[i]}");
            }
        }

        return string.Join(' ', letters);
    }
}
