// SPDX-License-Identifier: Apache-2.0
//! The guest side of Wasm-IO for Rust, `no_std`, without dependencies: the
//! imports of `sdk/include/wasmio/*.h` behind a few safe functions.
//!
//! Use: `#[path = ".../sdk/rust/wasmio.rs"] mod wasmio;`
//!
//! Every function returns `Result<_, Error>`; an `Error` is the negative code
//! of `include/wio/err.h`.

#![allow(dead_code)]

/// A negative result code: `-(domain << 16 | payload << 8 | cause)`.
pub type Error = i32;

pub const ERR_WOULD_BLOCK: Error = -6;
pub const ERR_NO_DEVICE: Error = -9;

pub const LOG_ERROR: i32 = 0;
pub const LOG_WARN: i32 = 1;
pub const LOG_INFO: i32 = 2;
pub const LOG_DEBUG: i32 = 3;

mod host {
    pub mod core {
        #[link(wasm_import_module = "wasmio:core@0.1")]
        extern "C" {
            pub fn open(name: *const u8, len: u32) -> i32;
            pub fn log(level: i32, text: *const u8, len: u32) -> i32;
        }
    }
    pub mod i2c {
        #[link(wasm_import_module = "wasmio:i2c@0.1")]
        extern "C" {
            pub fn read(h: i32, addr: u32, at: *mut u8, len: u32) -> i32;
            pub fn write(h: i32, addr: u32, at: *const u8, len: u32) -> i32;
            #[link_name = "write-read"]
            pub fn write_read(
                h: i32, addr: u32, w: *const u8, w_len: u32, r: *mut u8,
                r_len: u32,
            ) -> i32;
        }
    }
    pub mod spi {
        #[link(wasm_import_module = "wasmio:spi@0.1")]
        extern "C" {
            pub fn read(h: i32, at: *mut u8, len: u32) -> i32;
            pub fn write(h: i32, at: *const u8, len: u32) -> i32;
            #[link_name = "transfer-in-place"]
            pub fn transfer_in_place(h: i32, at: *mut u8, len: u32) -> i32;
        }
    }
    pub mod mmio {
        #[link(wasm_import_module = "wasmio:mmio@0.1")]
        extern "C" {
            pub fn read32(h: i32, off: u32) -> i64;
            pub fn write32(h: i32, off: u32, value: u32) -> i32;
        }
    }
    pub mod gpio {
        #[link(wasm_import_module = "wasmio:gpio@0.1")]
        extern "C" {
            pub fn read(h: i32) -> i32;
            #[link_name = "set-state"]
            pub fn set_state(h: i32, state: i32) -> i32;
        }
    }
    pub mod point {
        #[link(wasm_import_module = "wasmio:point@0.1")]
        extern "C" {
            #[link_name = "set-i32"]
            pub fn set_i32(h: i32, value: i32) -> i32;
            #[link_name = "set-bad"]
            pub fn set_bad(h: i32, code: i32) -> i32;
        }
    }
}

fn result(code: i32) -> Result<u32, Error> {
    if code < 0 {
        Err(code)
    } else {
        Ok(code as u32)
    }
}

fn open(label: &str) -> Result<i32, Error> {
    // The host reads the bytes during the call and keeps nothing.
    let handle = unsafe { host::core::open(label.as_ptr(), label.len() as u32) };
    result(handle).map(|_| handle)
}

/// One line on the controller's console.
pub fn log(level: i32, text: &str) {
    unsafe { host::core::log(level, text.as_ptr(), text.len() as u32) };
}

/// A device on an I2C bus; which one, the board knows.
#[derive(Clone, Copy)]
pub struct I2cDevice(i32);

impl I2cDevice {
    /// Stands for a device that was not opened; every call fails.
    pub const NONE: I2cDevice = I2cDevice(0);

    pub fn open(label: &str) -> Result<I2cDevice, Error> {
        open(label).map(I2cDevice)
    }

    pub fn write(self, bytes: &[u8]) -> Result<u32, Error> {
        result(unsafe {
            host::i2c::write(self.0, 0, bytes.as_ptr(), bytes.len() as u32)
        })
    }

    pub fn read(self, bytes: &mut [u8]) -> Result<u32, Error> {
        result(unsafe {
            host::i2c::read(self.0, 0, bytes.as_mut_ptr(), bytes.len() as u32)
        })
    }

    /// Write, repeated START, read.
    pub fn write_read(self, w: &[u8], r: &mut [u8]) -> Result<u32, Error> {
        result(unsafe {
            host::i2c::write_read(
                self.0, 0, w.as_ptr(), w.len() as u32, r.as_mut_ptr(),
                r.len() as u32,
            )
        })
    }
}

/// A chip on an SPI bus. A call is one transaction.
#[derive(Clone, Copy)]
pub struct SpiDevice(i32);

impl SpiDevice {
    pub const NONE: SpiDevice = SpiDevice(0);

    pub fn open(label: &str) -> Result<SpiDevice, Error> {
        open(label).map(SpiDevice)
    }

    pub fn write(self, bytes: &[u8]) -> Result<u32, Error> {
        result(unsafe {
            host::spi::write(self.0, bytes.as_ptr(), bytes.len() as u32)
        })
    }

    pub fn read(self, bytes: &mut [u8]) -> Result<u32, Error> {
        result(unsafe {
            host::spi::read(self.0, bytes.as_mut_ptr(), bytes.len() as u32)
        })
    }

    /// Both ways at once, in one buffer.
    pub fn transfer(self, bytes: &mut [u8]) -> Result<u32, Error> {
        result(unsafe {
            host::spi::transfer_in_place(
                self.0, bytes.as_mut_ptr(), bytes.len() as u32,
            )
        })
    }
}

/// A window of registers.
#[derive(Clone, Copy)]
pub struct Window(i32);

impl Window {
    pub const NONE: Window = Window(0);

    pub fn open(label: &str) -> Result<Window, Error> {
        open(label).map(Window)
    }

    pub fn read32(self, off: u32) -> Result<u32, Error> {
        let value = unsafe { host::mmio::read32(self.0, off) };
        if value < 0 {
            Err(value as Error)
        } else {
            Ok(value as u32)
        }
    }

    pub fn write32(self, off: u32, value: u32) -> Result<u32, Error> {
        result(unsafe { host::mmio::write32(self.0, off, value) })
    }
}

/// A pin: active or not, whichever level that is.
#[derive(Clone, Copy)]
pub struct Pin(i32);

impl Pin {
    pub const NONE: Pin = Pin(0);

    pub fn open(label: &str) -> Result<Pin, Error> {
        open(label).map(Pin)
    }

    pub fn is_active(self) -> Result<bool, Error> {
        result(unsafe { host::gpio::read(self.0) }).map(|state| state == 1)
    }

    pub fn set(self, active: bool) -> Result<u32, Error> {
        result(unsafe { host::gpio::set_state(self.0, active as i32) })
    }
}

/// A value of the process image that this container provides.
#[derive(Clone, Copy)]
pub struct Point(i32);

impl Point {
    pub const NONE: Point = Point(0);

    pub fn open(label: &str) -> Result<Point, Error> {
        open(label).map(Point)
    }

    pub fn set(self, value: i32) -> Result<u32, Error> {
        result(unsafe { host::point::set_i32(self.0, value) })
    }

    /// The last attempt failed; `code` says why.
    pub fn set_bad(self, code: Error) -> Result<u32, Error> {
        result(unsafe { host::point::set_bad(self.0, code) })
    }
}

/// Once in a container: the file made by dtc becomes `wasmio.config`.
#[macro_export]
macro_rules! wasmio_config {
    ($file:expr) => {
        #[link_section = "wasmio.config"]
        #[used]
        static WASMIO_CONFIG: [u8; include_bytes!($file).len()] =
            *include_bytes!($file);
    };
}
