using Estafeta.Unix;
using Estafeta.Unix.Identity;

namespace Estafeta.Tables.SystemDatabase;

/// <summary><c>unix:passwd.byname</c> and <c>unix:group.byname</c>: the system's users and groups through libc's name services, as their file lines.</summary>
internal sealed class SystemTable : LookupTable
{
    private readonly Func<string, string?> _find;

    private SystemTable(TableRequest request, Func<string, string?> find)
        : base(request) => _find = find;

    public static ILookupTable Open(TableRequest request) => new SystemTable(request, request.Source switch
    {
        "passwd.byname" => FindUser,
        "group.byname" => FindGroup,
        _ => throw new TableUnavailableException($"unknown table: {request.Name}"),
    });

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (key.Contains('\0'))
        {
            return new ValueTask<LookupResult>(LookupResult.NotFound);
        }

        try
        {
            return new ValueTask<LookupResult>(_find(key) is { } line ? LookupResult.Found(line) : LookupResult.NotFound);
        }
        catch (UnixException e)
        {
            return new ValueTask<LookupResult>(Trouble(e.Message));
        }
    }

    private static string? FindUser(string name) => Accounts.FindUser(name) is { } user
        ? FormattableString.Invariant($"{user.Name}:{user.Password}:{user.Uid}:{user.Gid}:{user.FullName}:{user.HomeDirectory}:{user.Shell}")
        : null;

    private static string? FindGroup(string name) => Accounts.FindGroup(name) is { } group
        ? FormattableString.Invariant($"{group.Name}:{group.Password}:{group.Gid}:{string.Join(',', group.Members)}")
        : null;
}
