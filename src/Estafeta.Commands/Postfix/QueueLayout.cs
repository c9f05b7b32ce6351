using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Commands.Postfix;

/// <summary>
/// The directories of an instance with their owners and modes: the part of Postfix's postfix-files that is about directories. As an
/// ordinary user all belong to that user.
/// </summary>
internal static class QueueLayout
{
    public static IEnumerable<LayoutDirectory> Of(ParameterSet parameters)
    {
        var queue = parameters.Get(Parameters.QueueDirectory);
        yield return new LayoutDirectory(queue, LayoutOwner.Root, false, Mode(0x1ED));
        yield return new LayoutDirectory(parameters.Get(Parameters.DataDirectory), LayoutOwner.MailOwner, false, Mode(0x1C0));
        foreach (var name in new[] { "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "store", "trace" })
        {
            yield return new LayoutDirectory(Path.Combine(queue, name), LayoutOwner.MailOwner, false, Mode(0x1C0));
        }

        yield return new LayoutDirectory(Path.Combine(queue, "maildrop"), LayoutOwner.MailOwner, true, Mode(0x1D8));
        yield return new LayoutDirectory(Path.Combine(queue, "public"), LayoutOwner.MailOwner, true, Mode(0x1C8));
        yield return new LayoutDirectory(Path.Combine(queue, parameters.Get(Parameters.ProcessIdDirectory)), LayoutOwner.Root, false, Mode(0x1ED));
    }

    private static UnixFileMode Mode(int bits) => (UnixFileMode)bits;
}

/// <param name="HasSetgidGroup">The group is setgid_group's; else it stays as it is.</param>
internal sealed record LayoutDirectory(string Path, LayoutOwner Owner, bool HasSetgidGroup, UnixFileMode Mode);

internal enum LayoutOwner
{
    Root,
    MailOwner,
}
