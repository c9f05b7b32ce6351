using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Unix;
using Estafeta.Unix.Locks;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Commands.Postlock;

/// <summary>A folder locked in the styles of mailbox_delivery_lock, all of them, tried deliver_lock_attempts times.</summary>
internal sealed class FolderLock : IDisposable
{
    private const int TemporaryFailure = 75;
    private readonly SafeFileHandle _folder;
    private DotLock? _dotLock;

    private FolderLock(SafeFileHandle folder) => _folder = folder;

    public static async Task<FolderLock> TakeAsync(string folder, IReadOnlyList<string> styles, ParameterSet parameters)
    {
        var list = string.Join(", ", styles);
        if (styles.FirstOrDefault(s => s is not ("fcntl" or "flock" or "dotlock")) is { } unknown)
        {
            throw Failed($"unknown mailbox_delivery_lock value \"{unknown}\" in \"{list}\"");
        }

        var result = new FolderLock(Open(folder, styles));
        var attempts = parameters.Get(Parameters.DeliverLockAttempts);
        for (var attempt = 1; ; attempt++)
        {
            var problem = result.TryTake(folder, styles, parameters.Get(Parameters.StaleLockTime));
            if (problem == null)
            {
                return result;
            }

            if (attempt == attempts)
            {
                result.Dispose();
                throw Failed($"open file {folder}: {problem}");
            }

            await Task.Delay(parameters.Get(Parameters.DeliverLockDelay), TimeProvider.System, CancellationToken.None);
        }
    }

    public void Dispose()
    {
        _dotLock?.Dispose();
        _folder.Dispose();
    }

    // Null when all are taken. Kernel locks taken before a later one fails stay: the next attempt takes them again at no cost.
    private string? TryTake(string folder, IReadOnlyList<string> styles, TimeSpan stale)
    {
        foreach (var style in styles)
        {
            var isTaken = style switch
            {
                "fcntl" => FileLock.TryFcntl(_folder, exclusive: true),
                "flock" => FileLock.TryFlock(_folder, exclusive: true),
                _ => (_dotLock ??= DotLock.TryAcquire(folder, stale, TimeProvider.System)) != null,
            };
            if (!isTaken)
            {
                return style == "dotlock"
                    ? $"unable to create lock file {folder}.lock: {UnixException.Describe(Errno.EEXIST)}"
                    : $"unable to lock for exclusive access: {UnixException.Describe(Errno.EAGAIN)}";
            }
        }

        return null;
    }

    private static SafeFileHandle Open(string folder, IReadOnlyList<string> styles)
    {
        try
        {
            return File.OpenHandle(folder, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var reason = e switch
            {
                DirectoryNotFoundException => UnixException.Describe(Errno.ENOENT),
                UnauthorizedAccessException => UnixException.Describe(Errno.EACCES),
                _ => e.Message,
            };
            throw Failed($"open file {folder}: {(styles.Contains("dotlock") ? $"unable to create lock file {folder}.lock: {reason}" : reason)}");
        }
    }

    private static CommandException Failed(string message) => new(message, TemporaryFailure);
}
